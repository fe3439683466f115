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
LOCAL = "local"
PROVIDERS = {"esia": "Госуслуги", LOCAL: "Вход по паролю"}
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
    """A group of mirrored documents: heading and rows of cells under named columns; a cell may have several lines.

    `as_of` is told where the last answer of the register did not have all of the group: when it last had.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    as_of: str | None = None


def way_in(me: Json, links: Json) -> str:
    """What the provider that the session came by is called; «Вход по паролю» for an account of the portal."""
    current: Json = next((item for item in links.get("items", ()) if item.get("current")), {})
    key = str(me.get("provider") or "")
    return str(current.get("title") or PROVIDERS.get(key, key))


def sign_out_there(me: Json, way: str) -> tuple[str, str] | None:
    """Why and how to leave the provider as well: a sentence and a button; None where the portal itself is the provider."""
    key = me.get("provider")
    if key in {None, LOCAL}:
        return None
    if key == "esia":
        return "закройте заодно и Госуслуги", "Выйти здесь и на Госуслугах"
    return f"закройте заодно и вход в сервисе «{way}»", f"Выйти здесь и в сервисе «{way}»"


def identity_rows(me: Json, way: str) -> list[tuple[str, str]]:
    """What Госуслуги told about the person; changed there, not here."""
    return [
        ("Фамилия, имя, отчество", me.get("full_name") or ""),
        ("Дата рождения", texts.day(me.get("birth_on"))),
        ("СНИЛС", me.get("snils") or me.get("snils_masked") or ""),
        ("Пол", GENDER.get(str(me.get("gender") or "").lower(), "")),
        ("Гражданство", COUNTRIES.get(str(me.get("citizenship")), str(me.get("citizenship") or ""))),
        ("Электронная почта", me.get("email") or ""),
        ("Телефон", texts.phone(me.get("phone"))),
        ("Способ входа", way),
    ]


def _period(row: Json) -> str:
    began, ended = texts.day(row.get("began_on")), row.get("ended_on")
    return f"{began}{texts.NBSP}{texts.NDASH} {texts.day(ended)}" if ended else f"с{texts.NBSP}{began}"


def _name(row: Json, field: str) -> str:
    return str(row.get(field) or texts.MDASH)


def _named(words: dict[str, str], code: Any) -> str:
    return words.get(str(code), str(code or texts.MDASH))


def _accreditation(row: Json) -> tuple[str, ...]:
    kind = _named(ACCREDITATION_KIND, row.get("kind"))
    days = texts.day(row.get("exam_on")), texts.day(row.get("valid_until"))
    return (_name(row, "specialty_name"), kind, texts.document_numbers(row), *days)


def _certificate(row: Json) -> tuple[str, ...]:
    days = texts.day(row.get("issued_on")), texts.day(row.get("valid_until"))
    return (_name(row, "specialty_name"), texts.document_numbers(row), *days)


def _employment(row: Json) -> tuple[str, ...]:
    kind = _named(EMPLOYMENT_KIND, row.get("kind"))
    position = texts.under(_name(row, "position"), row.get("department"))
    return (_name(row, "employer_name"), position, kind, _period(row))


def _education(row: Json) -> tuple[str, ...]:
    return (
        _name(row, "institution"),
        _name(row, "specialty_name"),
        texts.document_numbers(row),
        texts.day(row.get("issued_on")),
    )


def _category(row: Json) -> tuple[str, ...]:
    days = texts.day(row.get("assigned_on")), texts.day(row.get("valid_until"))
    return (_name(row, "specialty_name"), _name(row, "name"), *days)


def _nomination(row: Json) -> tuple[str, ...]:
    return (_name(row, "name"), _name(row, "number"), texts.day(row.get("awarded_on")))


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
    ("nominations", "Награды", ("Награда", "Номер", "Дата"), _nomination),
)
"""Field of the card, heading, columns, row: in the order the cabinet shows them."""


def sections(card: Json) -> list[Section]:
    """The register's documents by group; empty groups are left out."""
    return [
        Section(title, columns, [row(item) for item in card[field]], _as_of(card, field))
        for field, title, columns, row in GROUPS
        if card.get(field)
    ]


PARTS_OF = {
    "educations": {
        "common_education",
        "professional_education",
        "postgraduate_education",
        "additional_education",
    }
}
"""Groups of which the register gives each part on its own."""


def _as_of(card: Json, field: str) -> str | None:
    """How old the oldest part of a group is, if it is older than the card."""
    parts = PARTS_OF.get(field, {field})
    days = [item["fetched_at"] for item in card.get("parts") or [] if item["part"] in parts]
    older = [day for day in days if day and day != card["fetched_at"]]
    return texts.moment(min(older)) if older else None


PART_NAMES = {
    "former_names": "прежние имена",
    "common_education": "общее образование",
    "professional_education": "профессиональное образование",
    "postgraduate_education": "послевузовское образование",
    "additional_education": "дополнительное образование",
    "certificates": "сертификаты специалиста",
    "accreditations": "аккредитации",
    "employments": "места работы",
    "categories": "квалификационные категории",
    "nominations": "награды",
}


def never_given(card: Json) -> str:
    """Parts that no answer of the register ever had, in words: of these nothing is known, not even that there are none."""
    missing = {item["part"] for item in card.get("parts") or [] if not item["fetched_at"]}
    return ", ".join(words for part, words in PART_NAMES.items() if part in missing)
