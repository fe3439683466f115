"""Answers of НСИ as plain values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Passport:
    """What the service says of one version of a book."""

    oid: str
    title: str
    version: str
    rows: int
    released_on: date | None
    notes: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows, each a mapping of upper-case column names to texts; `total` counts the rows of all pages."""

    total: int
    rows: tuple[Mapping[str, str], ...]


def day_of(value: Any) -> date | None:
    """A day as the service writes it: ISO, with or without a time, or `dd.mm.yyyy`."""
    text = "" if value is None else str(value).strip()
    try:
        if len(text) >= 10 and text[2:3] == "." and text[5:6] == ".":  # noqa: PLR2004 length of a date
            return date(int(text[6:10]), int(text[3:5]), int(text[:2]))
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
