"""«Личные сведения» and the journal as data (FRM-01, AUD-01)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nmo_gateway import texts

Json = dict[str, Any]
GENDER = {"male": "мужской", "female": "женский", "m": "мужской", "f": "женский"}
EMPLOYMENT_KIND = {
    "main": "основное место работы",
    "secondary": "совместительство",
    "internal": "внутреннее совместительство",
}
ACCREDITATION_KIND = {
    "primary": "первичная",
    "primary_specialized": "первичная специализированная",
    "periodic": "периодическая",
}
PROVIDERS = {"esia": "Госуслуги"}
COUNTRIES = {
    "RUS": "Россия",
    "ARM": "Армения",
    "AZE": "Азербайджан",
    "BLR": "Беларусь",
    "KAZ": "Казахстан",
    "KGZ": "Киргизия",
    "MDA": "Молдова",
    "TJK": "Таджикистан",
    "TKM": "Туркмения",
    "UZB": "Узбекистан",
}
"""Codes of ЕСИА for the countries most people come from; others are shown as they came."""
REFUSED = {"refused", "denied", "failed"}


@dataclass(frozen=True, slots=True)
class Section:
    """A group of mirrored documents: heading and rows of cells under named columns."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def identity_rows(me: Json) -> list[tuple[str, str]]:
    """What Госуслуги told about the person; changed there, not here."""
    return [
        ("Фамилия, имя, отчество", me.get("full_name") or ""),
        ("Дата рождения", texts.day(me.get("birth_on"))),
        ("СНИЛС", me.get("snils") or me.get("snils_masked") or ""),
        ("Пол", GENDER.get(str(me.get("gender") or "").lower(), "")),
        ("Гражданство", COUNTRIES.get(str(me.get("citizenship")), str(me.get("citizenship") or ""))),
        ("Электронная почта", me.get("email") or ""),
        ("Телефон", texts.phone(me.get("phone"))),
        ("Способ входа", PROVIDERS.get(str(me.get("provider")), str(me.get("provider") or ""))),
    ]


def _period(row: Json) -> str:
    began, ended = texts.day(row.get("began_on")), row.get("ended_on")
    return f"{began}{texts.NBSP}{texts.NDASH} {texts.day(ended)}" if ended else f"с{texts.NBSP}{began}"


def _series(document: Json) -> str:
    words = " ".join(str(part) for part in (document.get("series"), document.get("number")) if part)
    return words or texts.MDASH


def _name(row: Json, field: str) -> str:
    return str(row.get(field) or texts.MDASH)


def _named(words: dict[str, str], code: Any) -> str:
    return words.get(str(code), str(code or texts.MDASH))


def _accreditation(row: Json) -> tuple[str, ...]:
    kind = _named(ACCREDITATION_KIND, row.get("kind"))
    days = texts.day(row.get("exam_on")), texts.day(row.get("valid_until"))
    return (_name(row, "specialty_name"), kind, _series(row), *days)


def _certificate(row: Json) -> tuple[str, ...]:
    days = texts.day(row.get("issued_on")), texts.day(row.get("valid_until"))
    return (_name(row, "specialty_name"), _series(row), *days)


def _employment(row: Json) -> tuple[str, ...]:
    kind = _named(EMPLOYMENT_KIND, row.get("kind"))
    return (_name(row, "employer_name"), _name(row, "position"), kind, _period(row))


def _education(row: Json) -> tuple[str, ...]:
    return (
        _name(row, "institution"),
        _name(row, "specialty_name"),
        _series(row),
        texts.day(row.get("issued_on")),
    )


def _category(row: Json) -> tuple[str, ...]:
    days = texts.day(row.get("assigned_on")), texts.day(row.get("valid_until"))
    return (_name(row, "specialty_name"), _name(row, "name"), *days)


GROUPS: tuple[tuple[str, str, tuple[str, ...], Callable[[Json], tuple[str, ...]]], ...] = (
    (
        "accreditations",
        "Аккредитации",
        ("Специальность", "Вид", "Серия и номер", "Экзамен", "Действует до"),
        _accreditation,
    ),
    (
        "certificates",
        "Сертификаты специалиста",
        ("Специальность", "Серия и номер", "Выдан", "Действует до"),
        _certificate,
    ),
    ("employments", "Места работы", ("Организация", "Должность", "Вид", "Период"), _employment),
    (
        "educations",
        "Образование",
        ("Учебное заведение", "Специальность", "Серия и номер", "Выдан"),
        _education,
    ),
    (
        "categories",
        "Квалификационные категории",
        ("Специальность", "Категория", "Присвоена", "Действует до"),
        _category,
    ),
)
"""Field of the card, heading, columns, row: in the order the cabinet shows them."""


def sections(card: Json) -> list[Section]:
    """The register's documents by group; empty groups are left out."""
    return [
        Section(title, columns, [row(item) for item in card[field]])
        for field, title, columns, row in GROUPS
        if card.get(field)
    ]
