"""Problems of local accounts."""

from __future__ import annotations

from nmo_kit.errors import FieldError, FieldProblem


class CurrentPasswordWrong(FieldProblem):
    """The present password was not repeated rightly."""

    code, title = "current_password_wrong", "Пароль не подошёл"
    detail = "Текущий пароль не подошёл. Проверьте раскладку и повторите."

    def __init__(self) -> None:
        """Name the field."""
        super().__init__([FieldError(pointer="/current_password", code=self.code, message=self.detail)])
