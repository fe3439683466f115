"""Reads and loads the names from the files of the package."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from nmo_catalog.reference.tables import Region, Specialty
from nmo_kit.db import WriteSession


def specialties() -> list[Specialty]:
    """Specialties of the packaged file."""
    return [
        Specialty(key=row["key"], name=row["name"], level=row["level"]) for row in _rows("specialties.csv")
    ]


def regions() -> list[Region]:
    """Regions of the packaged file."""
    return [Region(code=row["code"], name=row["name"]) for row in _rows("regions.csv")]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (resources.files("nmo_catalog") / "data" / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


async def load_reference(session: WriteSession) -> None:
    """Bring both tables to the state of the packaged files; safe to repeat. What the registry told since stays."""
    untold = col(Specialty.number) == 0
    await _upsert(session, Specialty, [row.model_dump() for row in specialties()], "key", where=untold)
    await _upsert(session, Region, [row.model_dump() for row in regions()], "code")


async def _upsert(
    session: WriteSession,
    table: type[Specialty | Region],
    rows: Sequence[dict[str, Any]],
    key: str,
    *,
    where: ColumnElement[bool] | None = None,
) -> None:
    statement = insert(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name != key}
    await session.execute(
        statement.on_conflict_do_update(index_elements=[key], set_=changed, where=where), rows
    )
