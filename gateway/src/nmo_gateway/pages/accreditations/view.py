"""Admissions by specialty with the time that is left; acts and instructions as lists."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from nmo_gateway import texts
from nmo_gateway.pages.documents.view import ADMISSION, KINDS, STATES

Json = dict[str, Any]
SOON_DAYS = 365
"""From here on the next accreditation is to be prepared: papers are handed in up to a year before."""
VALID = texts.Status("Действует", "green")
SOON = texts.Status("Скоро закончится", "orange")
OVER = texts.Status("Срок прошёл", "red")
UNKNOWN = texts.Status("Срок не указан в регистре", "grey")
ACTS = (
    (
        "Федеральный закон № 323-ФЗ",
        "«Об основах охраны здоровья граждан», статья 69: кто допускается к работе",
    ),
    (
        "Приказ Минздрава № 709н от 28.10.2022",
        "Положение об аккредитации специалистов: не менее 144 часов за 5 лет",
    ),
    (
        "Приказ Минздрава № 34н от 20.01.2026",
        "Исключения для тех, чьи сроки закончились в 2025 году; до 31.12.2026",
    ),
    (
        "Приказ Минздрава № 435н от 14.05.2026",
        "Номенклатура специальностей с высшим образованием, с 01.09.2026",
    ),
)
INSTRUCTIONS = (
    ("/about/cycles", "Как устроен пятилетний цикл и сколько ЗЕТ нужно"),
    ("/cabinet/progress", "Сколько часов и ЗЕТ вы уже набрали"),
    (
        "/cabinet/documents/new/accreditation_protocol",
        "Аккредитация пройдена, а в регистре её нет: добавить выписку",
    ),
    ("/faq", "Вопросы и ответы"),
)


@dataclass(frozen=True, slots=True)
class Admission:
    """What admits to work in one specialty now."""

    specialty: str
    document: str
    number: str
    until: str
    status: texts.Status
    note: str


def admissions(card: Json | None, own: list[Json], today: date) -> list[Admission]:
    """Of each specialty the newest document of the register, then what waits for it; the soonest end first."""
    newest: dict[str, Json] = {}
    for item in (*(card or {}).get("accreditations", ()), *(card or {}).get("certificates", ())):
        known = newest.get(item["specialty_key"])
        if known is None or item["exam_on"] > known["exam_on"]:
            newest[item["specialty_key"]] = item
    found = sorted(newest.values(), key=lambda item: item["valid_until"] or "9999")
    waiting = [
        item for item in own if item["kind"] in ADMISSION and item["state"] not in {"replaced", "withdrawn"}
    ]
    return [*(_of_register(item, today) for item in found), *(_of_own(item) for item in waiting)]


def _of_register(item: Json, today: date) -> Admission:
    until = date.fromisoformat(item["valid_until"]) if item["valid_until"] else None
    left = (until - today).days if until else None
    return Admission(
        specialty=item["specialty_name"],
        document=KINDS[item["document_kind"]],
        number=f"{item['series']} {item['number']}".strip(),
        until=texts.day(until) if until else texts.MDASH,
        status=_status(left),
        note=f"осталось {texts.counted(left, 'день', 'дня', 'дней')}"
        if left is not None and left >= 0
        else "",
    )


def _status(left: int | None) -> texts.Status:
    if left is None:
        return UNKNOWN
    if left < 0:
        return OVER
    return SOON if left <= SOON_DAYS else VALID


def _of_own(item: Json) -> Admission:
    return Admission(
        specialty=item["specialty_name"],
        document=KINDS[item["kind"]],
        number=item["number"],
        until=texts.MDASH,
        status=STATES[item["state"]],
        note="добавлено вами",
    )
