"""СНИЛС: eleven digits with a control number (Пенсионный фонд; reference vectors in the tests)."""

from __future__ import annotations

import re
from operator import mul
from typing import Any, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

LENGTH = 11
LAST_WITHOUT_CONTROL = 1_001_998
"""Numbers up to 001-001-998 were issued before control numbers existed."""
MODULUS = 101
_WEIGHTS = range(9, 0, -1)
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—−.]+")


class SnilsError(ValueError):
    """The text is no СНИЛС; `code` names the fault, the message is Russian and safe to show."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the stable code beside the sentence."""
        super().__init__(message)
        self.code = code


def control_number(first_nine: str) -> int:
    """Control number of nine digits: weights 9..1, modulo 101, 100 counts as 0."""
    total: int = sum(map(mul, map(int, first_nine), _WEIGHTS))
    return total % MODULUS % 100


class Snils(str):
    """Eleven digits that passed the control."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a СНИЛС as people write it: digits with any spaces, dashes or dots.

        Raises:
            SnilsError: code `empty`, `letters`, `length` or `control`.
        """
        digits = text if text.isdigit() else _SEPARATORS.sub("", text)
        if not digits:
            raise SnilsError("empty", "Введите СНИЛС")
        if not (digits.isascii() and digits.isdigit()):
            raise SnilsError("letters", "В СНИЛС должны быть только цифры. Пробелы и дефисы можно не вводить")
        if len(digits) != LENGTH:
            raise SnilsError("length", f"В СНИЛС должно быть 11 цифр, сейчас {len(digits)}")
        if int(digits) == 0:
            raise SnilsError("control", "Введите свой СНИЛС: номер из одних нулей не подходит")
        if int(digits[:9]) > LAST_WITHOUT_CONTROL and control_number(digits[:9]) != int(digits[9:]):
            raise SnilsError(
                "control", f"Проверьте СНИЛС: контрольное число {digits[9:]} не подходит к номеру"
            )
        return cls(digits)

    @property
    def formatted(self) -> str:
        """As on the card: `112-233-445 95`."""
        return f"{self[:3]}-{self[3:6]}-{self[6:9]} {self[9:]}"

    @property
    def masked(self) -> str:
        """Two digits shown and never the control number, which narrows a guess a hundredfold."""
        return f"•••-•••-•{self[7:9]} ••"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Validate by `parse`, serialise as digits."""
        return core_schema.no_info_after_validator_function(cls.parse, core_schema.str_schema(max_length=40))
