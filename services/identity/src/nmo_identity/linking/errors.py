"""Problems of linking: what went wrong and what to do."""

from __future__ import annotations

from nmo_kit.errors import Conflict, NotFound, Problem


class LinkStateInvalid(Problem):
    """The callback belongs to no link that this session began in this browser."""

    status, code, title = 400, "link_state_invalid", "Привязка не завершена"
    detail = "Привязка была начата в другом окне или больше 10 минут назад. Начните её ещё раз в настройках."


class LinkUsed(Problem):
    """The proof was used or taken back."""

    status, code, title = 409, "link_used", "Эта привязка уже завершена"
    detail = "Эта привязка уже завершена или отменена. Проверьте список способов входа и, если нужно, начните ещё раз."


class LinkNotFresh(Problem):
    """The provider did not ask for the password this time."""

    status, code, title = 403, "link_not_fresh", "Сервис входа не спросил пароль"
    detail = (
        "Сервис входа узнал вас по прежнему входу и не спросил пароль. Чтобы чужой человек за вашим компьютером не мог "
        "привязать свою запись, выйдите из этого сервиса и начните привязку ещё раз."
    )


class LinkTaken(Problem):
    """The other side belongs to a person of its own; support decides on documents (L10)."""

    status, code, title = 409, "link_taken", "Эта запись уже привязана"
    detail = (
        "Эта запись Госуслуг уже связана с другим личным кабинетом портала. Мы ничего не объединили и сообщили об этом "
        "владельцу. Если оба кабинета ваши, напишите в поддержку: их данные объединят по документам."
    )


class LinkOtherPerson(Problem):
    """Two proven numbers differ: these are two people."""

    status, code, title = 409, "link_other_person", "Записи принадлежат разным людям"
    detail = (
        "СНИЛС в этой записи и в вашем кабинете разные, поэтому мы их не связали. Войдите под своей записью. "
        "Если СНИЛС в кабинете указан с ошибкой, напишите в поддержку."
    )


class LinkOtherIdentity(Conflict):
    """The person has a way in of this provider already."""

    code, title = "link_other_identity", "Этот способ входа уже привязан"
    detail = "К вашему кабинету уже привязана другая запись этого же сервиса. Сначала отвяжите её."


class LastWayIn(Conflict):
    """The last way in cannot be removed (L9)."""

    code, title = "last_way_in", "Это единственный способ входа"
    detail = "Это единственный способ войти в ваш кабинет. Сначала добавьте другой, потом отвяжите этот."


class LinkWrongProof(Problem):
    """The password or code of the other account is wrong."""

    status, code, title = 422, "link_wrong_proof", "Не подошло"
    detail = "Пароль или код не подошёл. Проверьте и введите ещё раз."


class LinkTriesSpent(Problem):
    """Five wrong answers end the flow."""

    status, code, title = 409, "link_tries_spent", "Попытки закончились"
    detail = "Пароль или код не подошёл пять раз. Начните подтверждение ещё раз через несколько минут."


class LinkNotFound(NotFound):
    """No such way in of the caller."""

    code = "link_not_found"
    detail = "Такого способа входа в вашем кабинете нет. Обновите страницу."


BY_VERDICT: dict[str, type[Problem]] = {
    "taken": LinkTaken,
    "other_person": LinkOtherPerson,
    "other_identity": LinkOtherIdentity,
}
BY_CODE: dict[str, type[Problem]] = {cls.code: cls for cls in (LinkStateInvalid, LinkUsed)}
