"""Invented people of the tests' own: an ЕСИА account and, where wanted, a card in the register.

Each run makes new ones, so a test can be repeated on the same system.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import aiohttp

from nmo_kit import clock
from nmo_sandbox.frmr import card_parts as part
from nmo_sandbox.frmr.organizations import HOSPITAL_7
from tests.conftest import Portal

RUN = f"{int(time.time()) % 10_000_000:07d}{secrets.randbelow(100):02d}"
_numbers = count(1)
_SURNAMES = (
    "Березин",
    "Вершинин",
    "Дубровин",
    "Ермолин",
    "Жаворонков",
    "Кедров",
    "Луговой",
    "Осинин",
    "Рябинин",
    "Яхонтов",
)


@dataclass(frozen=True, slots=True)
class Specialty:
    """A specialty that has room for the journey."""

    key: str
    name: str
    level: str


@dataclass(frozen=True, slots=True)
class Person:
    """One made person: what ЕСИА knows."""

    key: str
    snils: str
    last_name: str
    first_name: str
    patronymic: str | None
    birth_date: date
    email: str
    specialty: Specialty
    accredited_on: date
    card_oid: str | None = None

    @property
    def mobile(self) -> str:
        """As ЕСИА writes it."""
        return f"+7(900){self.snils[2:9]}"


def snils_of(number: int) -> str:
    """Eleven digits with a right control number."""
    digits = f"{number:09d}"
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits))
    return f"{digits}{total % 101 % 100:02d}"


async def new_specialist(portal: Portal, **changes: Any) -> Person:
    """A confirmed person who is in the register: employed in a state hospital, accredited this year.

    See `new_person` for what may be changed.
    """
    return await new_person(portal, **changes)


async def new_specialists(portal: Portal, number: int) -> list[Person]:
    """Several people as `new_specialist` makes them."""
    return [await new_specialist(portal) for _ in range(number)]


async def new_person(
    portal: Portal,
    *,
    trusted: bool = True,
    in_register: bool = True,
    first_name: str = "Пётр",
    patronymic: str | None = "Алексеевич",
    card: dict[str, Any] | None = None,
    own: dict[str, Any] | None = None,
    specialty: Specialty | None = None,
) -> Person:
    """Make an account and a card.

    Args:
        portal: the running system.
        trusted: whether the account is confirmed.
        in_register: whether the register has a card.
        first_name: as ЕСИА knows it.
        patronymic: as ЕСИА knows it.
        card: values that the card has instead of the account's.
        own: fields of the person that are other than usual: a rare name, an address of theirs.
        specialty: what they are accredited in; the roomiest one if nothing is said.
    """
    number = next(_numbers)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as client:
        specialty = specialty or await roomy_specialty(portal, client)
        person = Person(
            key=f"t{RUN}-{number}",
            snils=snils_of(100_000_000 + int(RUN) * 100 % 800_000_000 + number),
            last_name=_SURNAMES[number % len(_SURNAMES)],
            first_name=first_name,
            patronymic=patronymic,
            birth_date=date(1980, 1, 1) + timedelta(days=number),
            email=f"t{RUN}-{number}@klinika.example.org",
            specialty=specialty,
            accredited_on=clock.today() - timedelta(days=120),
            card_oid=f"2023.{int(RUN) % 100_000:05d}{number:04d}" if in_register else None,
        )
        person = replace(person, **(own or {}))
        await _post(client, f"{portal.address('esia')}/sandbox/people", _account(person, trusted=trusted))
        if in_register:
            body = _card(person, number) | (card or {})
            await _post(client, f"{portal.address('frmr')}/sandbox/cards", body)
    return person


async def put_card(portal: Portal, person: Person) -> Person:
    """Enter somebody the register did not know; who has the card from then on."""
    number = int(person.key.rpartition("-")[2])
    recorded = replace(person, card_oid=f"2023.{int(RUN) % 100_000:05d}{number:04d}")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as client:
        await _post(client, f"{portal.address('frmr')}/sandbox/cards", _card(recorded, number))
    return recorded


async def change_card(portal: Portal, person: Person, **values: Any) -> None:
    """Correct the register's card."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as client,
        client.patch(f"{portal.address('frmr')}/sandbox/cards/{person.card_oid}", json=values) as answer,
    ):
        assert answer.status < 300, await answer.text()


async def roomy_specialty(portal: Portal, client: aiohttp.ClientSession) -> Specialty:
    """The specialty with most free seats in programmes of 72 ЗЕТ of the demo's organisation, paid by the budget."""
    query = {
        "kind": "programme",
        "organization": portal.organization_id,
        "basis": "budget",
        "free": "true",
        "zet_min": "72",
        "limit": "100",
    }
    async with client.get(f"{portal.url}/api/v1/catalog/elements", params=query) as answer:
        elements = (await answer.json())["items"]
    seats: dict[tuple[str, str], int] = {}
    for element in elements:
        if Decimal(element["zet"]) == 72:
            for key, name in zip(element["specialty_keys"], element["specialty_names"], strict=True):
                seats[key, name] = seats.get((key, name), 0) + element["seats_left"]
    assert seats, "the demo's programmes are full; start afresh: make down, remove .local, make up"
    key, name = max(seats, key=lambda found: (seats[found], found))
    return Specialty(key, name, key.partition("-")[0])


def _account(person: Person, *, trusted: bool) -> dict[str, Any]:
    return {
        "key": person.key,
        "snils": person.snils,
        "last_name": person.last_name,
        "first_name": person.first_name,
        "patronymic": person.patronymic,
        "birth_date": person.birth_date.isoformat(),
        "gender": "M",
        "email": person.email,
        "mobile": person.mobile,
        "trusted": trusted,
        "description": "человек проверок",
    }


def _card(person: Person, number: int) -> dict[str, Any]:
    assert person.card_oid is not None
    tail = f"{int(RUN) % 1_000_000:06d}{number:04d}"
    card = part.person(
        person.card_oid,
        person.snils,
        person.last_name,
        person.first_name,
        person.patronymic,
        born=person.birth_date,
        female=False,
    )
    passed = person.accredited_on
    card["educationProf"] = [
        part.diploma(
            f"{tail}11",
            person.specialty.name,
            institution="Северный медицинский университет",
            number=f"7{tail}"[:10],
            issued=date(2005, 6, 25),
            level=person.specialty.level,
        )
    ]
    card["personAccreditation"] = [
        part.accreditation(
            f"{tail}21",
            person.specialty.name,
            number=f"0{tail}"[-9:],
            passed=passed,
            protocol=passed,
            end=passed.replace(year=passed.year + 5) - timedelta(days=1),
            level=person.specialty.level,
        )
    ]
    card["personCards"] = [
        part.job(
            f"{tail}041",
            HOSPITAL_7,
            "Врач-терапевт",
            department="Терапевтическое отделение",
            begin=date(2015, 9, 1),
        )
    ]
    return card


async def _post(client: aiohttp.ClientSession, address: str, body: dict[str, Any]) -> None:
    async with client.post(address, json=body) as answer:
        assert answer.status == 201, f"{address} answered {answer.status}: {await answer.text()}"
