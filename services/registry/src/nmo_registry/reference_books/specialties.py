"""From what the register says of a specialty to its key on the portal, which outlives new names and codes."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from nmo_registry.reference_books.rules import folded


@dataclass(frozen=True, slots=True)
class SpecialtyKeys:
    """All that the versions of the nomenclature told so far.

    Attributes:
        codes: key of each code of the nomenclature.
        names: key of each folded name that a specialty ever had, by level.
    """

    codes: Mapping[str, str]
    names: Mapping[tuple[str, str], str]

    def of(self, name: str, *, level: str | None = None, code: str = "", nomenclature: bool = False) -> str:
        """Find the key (`VO-027`, `SPO-15`) of a specialty.

        Args:
            name: as the register shows it; some names exist on both levels.
            level: `VO` or `SPO`; higher education counts first when it is not told.
            code: the register's code; a specialty that no version knows keeps it, so that equal ones stay equal.
            nomenclature: whether the code is one of the nomenclature, not of an older list: then it counts before the
                name, for the name may be a new one.
        """
        if nomenclature and code in self.codes:
            return self.codes[code]
        for wanted in (level or "", "VO", "SPO"):
            if found := self.names.get((wanted, folded(name))):
                return found
        return f"NSI-{code}" if nomenclature and code else f"FRMR-{code or 'unknown'}"


@cache
def carried() -> SpecialtyKeys:
    """What the carried edition of the nomenclature tells."""
    text = files("nmo_registry").joinpath("data", "specialties.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return SpecialtyKeys({}, {(row["level"], folded(row["name"])): row["key"] for row in rows})
