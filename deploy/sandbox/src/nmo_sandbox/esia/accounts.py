"""Accounts of the ЕСИА stand-in: the invented people, with what only ЕСИА knows about them."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from nmo_sandbox.common.state import JsonFile
from nmo_sandbox.people import Person, people

_FIRST_NEW_OID = 1_000_500_001
_SNILS_FROM_WEIGHTS = 101


class Membership(BaseModel):
    """A place of a person in an organisation, as `/roles` tells it."""

    organization_oid: int
    full_name: str
    short_name: str
    ogrn: str
    chief: bool = False
    admin: bool = False


class LatinName(BaseModel):
    """A name as a passport for travelling abroad writes it."""

    last_name: str
    first_name: str


class Account(BaseModel):
    """One account. Every field may be changed through the control endpoint.

    Attributes:
        snils: eleven digits; None for a simplified account.
        level: `PR` confirmed, `P` simplified or standard, `KD` a child's.
        blocked: signing in is refused.
        email_verified, mobile_verified: whether the contact was confirmed.
        has_documents: whether a passport and an address are known.
        drives: there is a driving licence.
        travels_as: there is a passport for travelling abroad, with that name.
        memberships: places in organisations.
        second_factor: a code is asked for after the password.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
    oid: int = Field(ge=1)
    snils: str | None
    last_name: str = Field(min_length=1)
    first_name: str = Field(min_length=1)
    patronymic: str | None = None
    birth_date: date
    gender: Literal["M", "F"]
    email: str | None = None
    mobile: str | None = None
    trusted: bool = True
    citizenship: str = Field(default="RUS", pattern=r"^[A-Z]{3}$")
    description: str = ""
    child: bool = False
    blocked: bool = False
    email_verified: bool = True
    mobile_verified: bool = True
    has_documents: bool = True
    drives: bool = False
    travels_as: LatinName | None = None
    memberships: list[Membership] = []
    second_factor: bool = False

    @field_validator("snils")
    @classmethod
    def _snils_control(cls, value: str | None) -> str | None:
        if value is None:
            return None
        digits = [int(symbol) for symbol in value if symbol.isdigit()]
        if len(digits) != 11 or len(value) != 11:  # noqa: PLR2004 a СНИЛС has eleven digits
            raise ValueError("snils is eleven digits")
        control = (
            sum(digit * (9 - place) for place, digit in enumerate(digits[:9])) % _SNILS_FROM_WEIGHTS % 100
        )
        if control != digits[9] * 10 + digits[10]:
            raise ValueError("the control number of the snils is wrong")
        return value

    @property
    def level(self) -> str:
        """The level as tokens write it."""
        if self.child:
            return "KD"
        return "PR" if self.trusted else "P"

    @property
    def employers(self) -> tuple[int, ...]:
        """Organisations the person has a place in."""
        return tuple(place.organization_oid for place in self.memberships)

    @property
    def full_name(self) -> str:
        """Surname, name and patronymic in one line."""
        return " ".join(part for part in (self.last_name, self.first_name, self.patronymic) if part)


_UNIVERSITY = {
    "organization_oid": 1_000_600_001,
    "full_name": "Северный медицинский университет",
    "short_name": "СМУ",
    "ogrn": "1027700000012",
}
_HOSPITAL = {
    "organization_oid": 1_000_600_007,
    "full_name": "Городская больница № 7",
    "short_name": "ГБ № 7",
    "ogrn": "1027700000078",
}
_ONLY_HERE: dict[str, dict[str, Any]] = {
    "match": {"drives": True, "travels_as": {"last_name": "ZHURAVSKAIA", "first_name": "MARINA"}},
    "conflict": {"drives": True},
    "many": {"memberships": [_UNIVERSITY, _HOSPITAL]},
    "org-staff": {"memberships": [_UNIVERSITY]},
    "org-admin": {"memberships": [_UNIVERSITY | {"admin": True}]},
    "head": {"memberships": [_HOSPITAL | {"chief": True, "admin": True}]},
    "hr": {"memberships": [_HOSPITAL]},
    "simplified": {"snils": None, "has_documents": False, "mobile_verified": False},
    "unverified-mail": {"email_verified": False},
    "bare": {"email": None, "mobile": None, "has_documents": False},
    "child": {"child": True, "has_documents": False},
    "blocked": {"blocked": True},
}


def _account(person: Person) -> Account:
    common = {name: getattr(person, name) for name in person.__slots__}
    return Account.model_validate(common | _ONLY_HERE.get(person.key, {}))


class Accounts:
    """All accounts; changed and added ones are kept in a file when there is a folder for it."""

    def __init__(self, file: JsonFile) -> None:
        self._file = file
        self._accounts = {person.key: _account(person) for person in people()}
        self._changed: set[str] = set()
        for data in file.read() or []:
            account = Account.model_validate(data)
            self._accounts[account.key] = account
            self._changed.add(account.key)

    def all(self) -> list[Account]:
        """Return every account in the order of the list of people."""
        return list(self._accounts.values())

    def by_key(self, key: str) -> Account | None:
        """Return the account a person signs in to."""
        return self._accounts.get(key)

    def by_oid(self, oid: int) -> Account | None:
        """Return the account with that number."""
        return next((account for account in self._accounts.values() if account.oid == oid), None)

    def add(self, data: dict[str, Any]) -> Account:
        """Add an account; without an `oid` it gets the next free one.

        Raises:
            ValueError: wrong data, or a key or number that is taken.
        """
        taken = {account.oid for account in self._accounts.values()}
        fresh = max(max(taken) + 1, _FIRST_NEW_OID)
        account = Account.model_validate({"oid": fresh} | data)
        if account.key in self._accounts or account.oid in taken:
            raise ValueError("the key or the oid is taken")
        self._keep(account)
        return account

    def change(self, key: str, changes: dict[str, Any]) -> Account | None:
        """Change fields of an account; returns None when there is none with that key.

        Raises:
            ValueError: wrong data, or an attempt to change the key or the number.
        """
        before = self._accounts.get(key)
        if before is None:
            return None
        if {"key", "oid"} & set(changes):
            raise ValueError("the key and the oid stay as they are")
        account = Account.model_validate(before.model_dump() | changes)
        self._keep(account)
        return account

    def _keep(self, account: Account) -> None:
        self._accounts[account.key] = account
        self._changed.add(account.key)
        self._file.write([self._accounts[key].model_dump(mode="json") for key in sorted(self._changed)])
