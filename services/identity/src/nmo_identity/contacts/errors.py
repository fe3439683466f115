"""Problems of contacts."""

from __future__ import annotations

from nmo_kit.errors import Conflict, FieldError, FieldProblem, NotFound, Problem


class ContactInvalid(FieldProblem):
    """What was typed is no such contact, or changes nothing."""

    code, title = "contact_invalid", "Проверьте контакт"

    def __init__(self, message: str) -> None:
        """Take the sentence for the field."""
        super().__init__([FieldError(pointer="/value", code=self.code, message=message)])


class ChangeMissing(NotFound):
    """No such change waits: confirmed, replaced, cancelled or older than half an hour."""

    code = "contact_change_missing"
    detail = "Это изменение уже завершено или отменено. Введите новый контакт ещё раз."


class ContactTaken(Conflict):
    """The address became another account's meanwhile."""

    code, title = "contact_taken", "Адрес занят"
    detail = "С этим адресом уже входит другая учётная запись. Укажите другой адрес."


class NoConfirmedContact(Conflict):
    """A postal address is confirmed by a code to another contact."""

    code, title = "no_confirmed_contact", "Некуда отправить код"
    detail = "Сначала подтвердите электронную почту или телефон: на них придёт код."


class UndoOver(Problem):
    """The link was used, is older than seven days, or never was."""

    status, code, title = 410, "undo_over", "Ссылка больше не действует"
    detail = (
        "Отменить изменение по этой ссылке нельзя: прошло больше 7 дней или ссылка уже использована. "
        "Если контакт изменили не вы, напишите в поддержку."
    )
