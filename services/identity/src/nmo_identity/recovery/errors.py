"""Problems of recovery: the same for those who have an account and those who have none."""

from __future__ import annotations

from nmo_kit.errors import FieldError, FieldProblem, Problem


class ContactMistyped(FieldProblem):
    """Neither an address nor a number."""

    code, title = "contact_invalid", "Проверьте адрес или номер"

    def __init__(self, message: str) -> None:
        """Take the sentence for the field."""
        super().__init__([FieldError(pointer="/contact", code=self.code, message=message)])


class RecoveryOver(Problem):
    """Unknown, finished, or begun more than half an hour ago."""

    status, code, title = 410, "recovery_over", "Начните восстановление заново"
    detail = "Прошло больше 30 минут или восстановление уже завершено. Запросите новый код."


class RecoveryUnproven(Problem):
    """The code was not given yet."""

    status, code, title = 409, "recovery_unproven", "Сначала введите код"
    detail = "Сначала введите код из письма или SMS."
