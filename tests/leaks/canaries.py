"""What is planted to be looked for: invented people's data and one-time secrets, and every way each may be written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Self


class Kind(StrEnum):
    """What a canary is."""

    SNILS = "snils"
    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    PATRONYMIC = "patronymic"
    BIRTH_DATE = "birth_date"
    EMAIL = "email"
    PHONE = "phone"
    PASSWORD = "password"
    MAILED = "mailed"
    """A secret that its owner gets by letter: a temporary password, the way to confirm the address."""
    SEED = "seed"
    """What an authenticator app makes its codes of."""
    CODE = "code"
    STATE = "state"
    COOKIE = "cookie"
    CSRF = "csrf"
    TOKEN = "token"
    CLIENT_SECRET = "client_secret"
    PRIVATE_KEY = "private_key"


NAMES = frozenset({Kind.LAST_NAME, Kind.FIRST_NAME, Kind.PATRONYMIC})
P3 = frozenset({Kind.SNILS, Kind.BIRTH_DATE})
"""Never readable outside its owner's own pages: encrypted where it is kept (security D6)."""
P2 = frozenset({*NAMES, Kind.EMAIL, Kind.PHONE})
PERSONAL = P2 | P3
SECRETS = frozenset(Kind) - PERSONAL
SHORTEST_SECRET = 10
"""So many first characters of a secret are told from chance, and count as the secret."""
SHORTEST_NAME = 5
TOKEN_TAIL = 24


@dataclass(frozen=True, slots=True)
class Canary:
    """One planted value; ``owner`` is the e-mail address of the person it belongs to, empty for the system's own."""

    kind: Kind
    value: str
    owner: str = ""


@dataclass(slots=True)
class Canaries:
    """Everything planted so far. A journey adds to it as it goes: cookies, codes and tokens are known only then."""

    planted: set[Canary] = field(default_factory=set)

    def add(self, kind: Kind, *values: str, owner: str = "") -> Self:
        """Plant values; empty ones are no canaries."""
        self.planted.update(Canary(kind, value, owner) for value in values if value)
        return self

    def add_person(
        self, *, snils: str, last_name: str, first_name: str = "", patronymic: str | None = None,
        birth_date: date | None = None, email: str = "", phone: str = "",
    ) -> Self:  # fmt: skip
        """Plant a person. Names should be such as no text of the portal has: leave common ones out."""
        told = {
            Kind.SNILS: snils,
            Kind.LAST_NAME: last_name,
            Kind.FIRST_NAME: first_name,
            Kind.PATRONYMIC: patronymic or "",
            Kind.BIRTH_DATE: birth_date.isoformat() if birth_date else "",
            Kind.EMAIL: email,
            Kind.PHONE: phone,
        }
        for kind, value in told.items():
            self.add(kind, value, owner=email)
        return self

    def of(self, *kinds: Kind) -> Iterator[Canary]:
        """Canaries of these kinds."""
        return (canary for canary in self.planted if canary.kind in kinds)

    def to_json(self) -> list[dict[str, str]]:
        """For an evidence folder."""
        return [{"kind": found.kind, "value": found.value, "owner": found.owner} for found in self.planted]

    @classmethod
    def from_json(cls, rows: str | Iterable[dict[str, Any]]) -> Self:
        """Read what `to_json` gave."""
        found = json.loads(rows) if isinstance(rows, str) else rows
        return cls({Canary(Kind(row["kind"]), str(row["value"]), str(row.get("owner", ""))) for row in found})


_ENDINGS = (
    "", "а", "у", "ы", "е", "ом", "ым", "ой", "ою", "ых", "ыми", "ам", "ами", "ах", "ов", "и", "я", "ю", "ем", "ей",
    "ею", "ь", "ю", "ого", "ому", "ий", "ый", "им", "ем", "ая", "ую", "ого",
)  # fmt: skip
_LATIN = str.maketrans(
    dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
            "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y _ e iu ia".replace(
                "_", ""
            ).split(" "),
            strict=True,
        )
    )
)


def plain(word: str) -> str:
    """A word as it is compared: lower case, ё is е."""
    return word.casefold().replace("ё", "е")


def name_forms(name: str) -> set[str]:
    """The name in every case, and in Latin letters as passports have it; parts of a double name too."""
    found: set[str] = set()
    for part in re.findall(r"[^\W\d_]+", plain(name)):
        if len(part) < SHORTEST_NAME:
            continue
        stems = {part, part[:-1]} if part[-1] in "аяйьеиоы" else {part}
        found |= {stem + ending for stem in stems for ending in _ENDINGS if len(stem) >= SHORTEST_NAME}
        found |= {part, part.translate(_LATIN)}
    return found


def digits(text: str) -> str:
    """Only the digits."""
    return re.sub(r"\D", "", text)


def secret_parts(canary: Canary) -> list[str]:
    """The parts of a secret that tell it from others: of a token its end and its signature, for heads are alike."""
    parts = re.findall(r"[A-Za-z0-9_-]+", canary.value)
    if canary.value.startswith("eyJ"):
        parts = [part[-TOKEN_TAIL:] for part in parts[1:]]
    return [part for part in parts if len(part) >= SHORTEST_SECRET]
