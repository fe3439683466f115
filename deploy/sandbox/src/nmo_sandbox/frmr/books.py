"""Reference books of the stand-in (НСИ): specialties, positions, regions, organisations and a few small lists.

Codes are invented where no public list gives them; the specialties carry the names of the nomenclature in force.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from nmo_sandbox.frmr.organizations import ORGANIZATIONS as _FRMO

SPECIALTIES = "1.2.643.5.1.13.13.11.1066"
POSITIONS = "1.2.643.5.1.13.13.11.1002"
REGIONS = "1.2.643.5.1.13.13.99.2.206"
POSITION_TYPES = "1.2.643.5.1.13.2.1.1.209"
CATEGORIES = "1.2.643.5.1.13.2.1.1.202"
ACCREDITATION_KINDS = "1.2.643.5.1.13.13.11.1100"
ORGANIZATIONS = "1.2.643.5.1.13.13.11.1461"
IDENTITY_DOCUMENTS = "1.2.643.5.1.13.13.11.1009"
_LEVEL_BASE = {"VO": 1000, "SPO": 2000}


@dataclass(frozen=True, slots=True)
class Book:
    """One version of one reference book."""

    oid: str
    title: str
    version: str
    updated_on: str
    rows: tuple[Mapping[str, str], ...]
    notes: str = ""


@cache
def specialty_ids() -> dict[tuple[str, str], int]:
    """Code of each specialty by level (`VO`, `SPO`) and name."""
    return {
        (row["level"], row["name"]): _LEVEL_BASE[row["level"]] + int(row["key"].split("-")[1])
        for row in _table("specialties.csv")
    }


@cache
def specialty_names(level: str) -> tuple[str, ...]:
    """Names of the specialties of one level."""
    return tuple(name for its_level, name in specialty_ids() if its_level == level)


@cache
def books() -> dict[str, Book]:
    """All books by OID, each in the version that the stand-in begins with."""
    specialties = (
        *(
            {"ID": code, "NAME": name, "PARENT": "", "REL": "1", "DATEOUT": ""}
            for code, name in _LEVELS.values()
        ),
        *(
            {
                "ID": str(specialty_ids()[row["level"], row["name"]]),
                "NAME": row["name"],
                "PARENT": _LEVELS[row["level"]][0],
                "REL": "1",
                "DATEOUT": row["valid_until"],
            }
            for row in _table("specialties.csv")
        ),
    )
    regions = tuple({"ID": row["code"], "NAME": row["name"]} for row in _table("regions.csv"))
    found = (
        Book(SPECIALTIES, "Номенклатура специальностей", "5.1", "2026-09-01", specialties),
        Book(REGIONS, "Субъекты Российской Федерации", "6.5", "2025-02-10", regions),
        Book(
            POSITIONS,
            "Должности медицинских и фармацевтических работников",
            "9.2",
            "2026-03-01",
            _rows(_POSITIONS),
        ),
        Book(POSITION_TYPES, "Тип занятия должности", "2.1", "2020-01-01", _rows(_POSITION_TYPES)),
        Book(CATEGORIES, "Квалификационные категории", "2.0", "2020-01-01", _rows(_CATEGORIES)),
        Book(ACCREDITATION_KINDS, "Виды аккредитации", "1.3", "2023-01-01", _rows(_ACCREDITATION_KINDS)),
        Book(
            IDENTITY_DOCUMENTS,
            "Документы, удостоверяющие личность",
            "2.4",
            "2021-06-01",
            _rows(_IDENTITY_DOCUMENTS),
        ),
        Book(
            ORGANIZATIONS,
            "Реестр медицинских организаций Российской Федерации",
            "6.1204",
            "2026-08-14",
            tuple(_organization(number, item) for number, item in enumerate(_FRMO.values(), 1)),
        ),
    )
    return {book.oid: book for book in found}


_LEVELS = {
    "VO": ("1", "Специальности специалистов с высшим медицинским и фармацевтическим образованием"),
    "SPO": ("2", "Специальности специалистов со средним медицинским и фармацевтическим образованием"),
}
_IDENTITY_DOCUMENTS = {
    "1": "Паспорт гражданина Российской Федерации",
    "5": "Свидетельство о рождении",
    "10": "Паспорт иностранного гражданина",
    "12": "Вид на жительство в Российской Федерации",
    "15": "Разрешение на временное проживание в Российской Федерации",
}
_POSITIONS = {
    "109": "Врач-кардиолог",
    "73": "Врач-терапевт",
    "74": "Врач-терапевт участковый",
    "92": "Врач-травматолог-ортопед",
    "29": "Врач-невролог",
    "37": "Врач-педиатр",
    "96": "Врач-хирург",
    "6": "Врач-акушер-гинеколог",
    "25": "Врач-лаборант",
    "210": "Медицинская сестра",
    "205": "Фельдшер",
}
_POSITION_TYPES = {
    "1": "Основное",
    "2": "Внутреннее совместительство",
    "3": "Совмещение",
    "4": "Внешнее совместительство",
}
_CATEGORIES = {"1": "Высшая", "2": "Первая", "3": "Вторая"}
_ACCREDITATION_KINDS = {
    "1": "Первичная аккредитация",
    "2": "Первичная специализированная аккредитация",
    "3": "Периодическая аккредитация",
}
POSITION_IDS = {name: int(code) for code, name in _POSITIONS.items()}
POSITION_TYPE_IDS = {name: int(code) for code, name in _POSITION_TYPES.items()}
CATEGORY_IDS = {name: int(code) for code, name in _CATEGORIES.items()}
ACCREDITATION_KIND_IDS = {name: int(code) for code, name in _ACCREDITATION_KINDS.items()}


def _rows(pairs: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    return tuple({"ID": code, "NAME": name} for code, name in pairs.items())


def _organization(number: int, item: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        "ID": str(number),
        "OID": item["oid"],
        "NAMEFULL": item["nameFull"],
        "NAMESHORT": item["nameShort"],
        "REGIONID": item["regionId"],
        "DELETEDATE": "",
    }


def _table(name: str) -> list[dict[str, str]]:
    text = files("nmo_sandbox.frmr").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
