"""From the register's name of a specialty to the key of the nomenclature in force."""

import csv
import re
from functools import cache
from importlib.resources import files


def key_of(name: str, *, level: str | None = None, code: str = "") -> str:
    """Find the key (`VO-027`, `SPO-15`) of a specialty by its name.

    Some names exist on both levels: `level` (`VO` or `SPO`) decides, higher education when it is not told. A specialty
    outside the nomenclature keeps the register's own code as `FRMR-<code>`, so that equal ones stay equal.
    """
    found = _keys().get(_folded(name), {})
    for wanted in (level or "", "VO", "SPO"):
        if wanted in found:
            return found[wanted]
    return f"FRMR-{code or 'unknown'}"


@cache
def _keys() -> dict[str, dict[str, str]]:
    text = files("nmo_registry").joinpath("data", "specialties.csv").read_text(encoding="utf-8")
    keys: dict[str, dict[str, str]] = {}
    for row in csv.DictReader(text.splitlines()):
        keys.setdefault(_folded(row["name"]), {})[row["level"]] = row["key"]
    return keys


def _folded(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip().upper().replace("Ё", "Е")
