"""Reference books of the stand-in (НСИ): specialties, positions, regions and a few small lists.

Codes are invented where no public list gives them; the specialties carry the names of the nomenclature in force.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SPECIALTIES = "1.2.643.5.1.13.13.11.1066"
POSITIONS = "1.2.643.5.1.13.13.11.1002"
REGIONS = "1.2.643.5.1.13.13.99.2.206"
POSITION_TYPES = "1.2.643.5.1.13.2.1.1.209"
CATEGORIES = "1.2.643.5.1.13.2.1.1.202"
ACCREDITATION_KINDS = "1.2.643.5.1.13.13.11.1100"
_LEVEL_BASE = {"VO": 1000, "SPO": 2000}


@dataclass(frozen=True, slots=True)
class Book:
    """One version of one reference book."""

    oid: str
    title: str
    version: str
    updated_on: str
    rows: tuple[Mapping[str, str], ...]


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
    """All books by OID."""
    specialties = tuple(
        {
            "ID": str(specialty_ids()[row["level"], row["name"]]),
            "NAME": row["name"],
            "LEVEL": row["level"],
            "REL": "1",
            "DATEOUT": row["valid_until"],
        }
        for row in _table("specialties.csv")
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
    )
    return {book.oid: book for book in found}


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


def _table(name: str) -> list[dict[str, str]]:
    text = files("nmo_sandbox.frmr").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
