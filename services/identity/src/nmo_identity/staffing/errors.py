"""What may be wrong with asking for, giving and taking roles."""

from __future__ import annotations

from nmo_kit.errors import Conflict, Forbidden


class RoleHeldAlready(Conflict):
    """The person has the role."""

    code = "role_held"
    detail = "Эта роль у вас уже есть."


class RoleRequested(Conflict):
    """The same request waits."""

    code = "role_requested"
    detail = "Запрос на эту роль уже отправлен. Дождитесь ответа или отзовите его."


class TooManyRoleRequests(Conflict):
    """More requests wait than anybody needs."""

    code = "too_many_role_requests"
    detail = "Ответа ждут уже 5 ваших запросов. Отзовите лишние, чтобы отправить новый."


class RoleRequestDecided(Conflict):
    """The request waits no longer."""

    code = "role_request_decided"
    detail = "По этому запросу уже есть решение. Откройте список заново."


class OwnRole(Forbidden):
    """Nobody decides on themselves (P20)."""

    code = "own_role"
    detail = "Свои роли назначает и снимает другой администратор."


class LastAdministrator(Conflict):
    """Nobody would be left to give roles."""

    code = "last_administrator"
    detail = "Это последний администратор. Сначала назначьте другого."


class NotConfirmedPerson(Conflict):
    """The account of who asked is confirmed no more."""

    code = "person_not_confirmed"
    detail = "Учётная запись этого человека больше не подтверждена, роль ей назначить нельзя."


class WorkplaceUnknown(Conflict):
    """The person does not work there."""

    code = "workplace_unknown"
    detail = "У вас нет такого рабочего места. Обновите страницу и выберите другое."
