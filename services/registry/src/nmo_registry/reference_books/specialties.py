"""From what the register says of a specialty to its key on the portal, which outlives new names and codes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from nmo_registry.reference_books.rules import folded

LEVELS = ("VO", "SPO")
"""Higher and secondary professional education, as the keys begin."""


@dataclass(frozen=True, slots=True)
class SpecialtyKeys:
    """All that the versions of the nomenclature told so far.

    Attributes:
        codes: key of each code of the nomenclature.
        names: key of each folded name that a specialty ever had, by level.
    """

    codes: Mapping[str, str]
    names: Mapping[tuple[str, str], str]

    def of(
        self,
        name: str,
        *,
        level: str | None = None,
        code: str = "",
        nomenclature: bool = False,
        likely: str | None = None,
    ) -> str:
        """Find the key (`VO-027`, `SPO-15`) of a specialty.

        Args:
            name: as the register shows it; some names exist on both levels.
            level: `VO` or `SPO`, if the document itself tells it.
            code: the register's code; it decides between the levels if it is known by this name, for it may as well be
                one of an older list. A specialty that no version knows keeps it, so that equal ones stay equal.
            nomenclature: whether the code is one of the nomenclature, not of an older list: then it counts before the
                name, for the name may be a new one.
            likely: the level where nothing better is known (`level_of`); higher education when that is not known either.
        """
        of_code = self.codes.get(code)
        if nomenclature and of_code:
            return of_code
        shown = folded(name)
        known = {one: key for one in ("", *LEVELS) if (key := self.names.get((one, shown)))}
        if level and level in known:
            return known[level]
        if of_code and of_code in known.values():
            return of_code
        if likely and likely in known:
            return known[likely]
        unknown = f"NSI-{code}" if nomenclature and code else f"FRMR-{code or 'unknown'}"
        return next(iter(known.values()), unknown)


@dataclass(frozen=True, slots=True)
class Diploma:
    """A professional education: its level (`VO`, `SPO`), the specialty as shown, and the day, if it is known."""

    level: str
    specialty: str
    issued_on: date | None


def level_of(name: str, day: date | None, diplomas: Sequence[Diploma]) -> str | None:
    """The likely level of a document of that day about a specialty of that name, by the diplomas of its owner.

    The level that all diplomas have; that those in this very specialty have; that of the newest one by that day; that of
    the first one. None where no diploma tells.
    """
    levels = {item.level for item in diplomas}
    if len(levels) > 1:
        levels = {item.level for item in diplomas if folded(item.specialty) == folded(name)}
    if len(levels) == 1:
        return levels.pop()
    dated = sorted((item.issued_on, item.level) for item in diplomas if item.issued_on)
    before = [level for issued, level in dated if day is None or issued <= day]
    if before:
        return before[-1]
    return dated[0][1] if dated else None


@cache
def carried() -> SpecialtyKeys:
    """What the carried edition of the nomenclature tells."""
    text = files("nmo_registry").joinpath("data", "specialties.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return SpecialtyKeys({}, {(row["level"], folded(row["name"])): row["key"] for row in rows})
