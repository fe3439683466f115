"""What was typed into the registration, checked whole: every fault at once, each beside its field (REG-01)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from nmo_identity.local_accounts.rules import (
    CITIZENSHIPS,
    Wrong,
    birth_fault,
    email_of,
    name_of,
    phone_of,
)
from nmo_kit.errors import FieldError, FieldProblem
from nmo_kit.snils import Snils, SnilsError

GENDERS = frozenset({"M", "F"})


@dataclass(frozen=True, slots=True)
class Typed:
    """A registration in its one form."""

    email: str
    snils: Snils
    last_name: str
    first_name: str
    patronymic: str | None
    birth_on: date
    gender: str
    citizenship: str
    phone: str
    region_code: str

    def dumped(self) -> str:
        """As text to be sealed."""
        return json.dumps({**asdict(self), "birth_on": self.birth_on.isoformat()}, ensure_ascii=False)

    @classmethod
    def loaded(cls, text: str) -> Typed:
        """From `dumped`."""
        values = json.loads(text)
        values["birth_on"] = date.fromisoformat(values["birth_on"])
        values["snils"] = Snils(values["snils"])
        return cls(**values)


class _Reader:
    """Reads fields one by one and keeps what is wrong with them."""

    def __init__(self, values: Mapping[str, str], today: date) -> None:
        self._values = values
        self._today = today
        self.errors: list[FieldError] = []

    def fault(self, field: str, wrong: Wrong) -> None:
        self.errors.append(FieldError(pointer=f"/{field}", code=wrong.code, message=wrong.message))

    def kept(self, field: str, found: str | Wrong | None) -> str:
        if isinstance(found, Wrong):
            self.fault(field, found)
            return ""
        return found or ""

    def snils(self) -> Snils:
        try:
            return Snils.parse(self._values["snils"])
        except SnilsError as error:
            self.fault("snils", Wrong(error.code, str(error)))
            return Snils("")

    def birth(self) -> date:
        text = self._values["birth_on"].strip()
        if not text:
            self.fault("birth_on", Wrong("missing", "Введите дату рождения"))
            return self._today
        try:
            born = date.fromisoformat(text)
        except ValueError:
            self.fault(
                "birth_on",
                Wrong("format", "Введите дату рождения в формате ДД.ММ.ГГГГ, например 25.05.1985"),
            )
            return self._today
        wrong = birth_fault(born, self._today)
        if wrong is not None:
            self.fault("birth_on", wrong)
        return born

    def chosen(self, field: str, allowed: frozenset[str] | Mapping[str, str], words: str) -> str:
        value = self._values[field].strip()
        if value not in allowed:
            self.fault(field, Wrong("missing" if not value else "unknown", words))
        return value


def read_typed(values: Mapping[str, str], *, regions: frozenset[str], today: date) -> Typed:
    """The registration in its one form.

    Raises:
        FieldProblem: every field at fault, in the order of the form.
    """
    reader = _Reader(values, today)
    typed = Typed(
        email=reader.kept("email", email_of(values["email"])),
        snils=reader.snils(),
        last_name=reader.kept("last_name", name_of(values["last_name"], what="фамилию")),
        first_name=reader.kept("first_name", name_of(values["first_name"], what="имя")),
        patronymic=reader.kept("patronymic", name_of(values["patronymic"], what="отчество", needed=False))
        or None,
        birth_on=reader.birth(),
        gender=reader.chosen("gender", GENDERS, "Выберите пол"),
        citizenship=reader.chosen("citizenship", CITIZENSHIPS, "Выберите гражданство"),
        phone=reader.kept("phone", phone_of(values["phone"])),
        region_code=reader.chosen("region_code", regions, "Выберите регион проживания из списка"),
    )
    if reader.errors:
        raise FieldProblem(reader.errors)
    return typed
