"""Problems of passwords."""

from __future__ import annotations

from collections.abc import Sequence

from nmo_identity.passwords.rules import Fault
from nmo_kit.errors import FieldError, FieldProblem

POINTER = "/password"


class PasswordRefused(FieldProblem):
    """The new password breaks rules, each named at the field."""

    code, title = "password_refused", "Пароль не подходит"
    detail = "Пароль не подходит. Исправьте и повторите."

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Take the rules broken."""
        super().__init__(
            [FieldError(pointer=POINTER, code=fault.code, message=fault.message) for fault in faults]
        )


REUSED = Fault(
    "reused", "Этот пароль у вас уже был. Пять последних паролей повторять нельзя, придумайте другой"
)
