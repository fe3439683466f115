"""Names of specialties from the packaged file."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


@cache
def specialty_names() -> dict[str, str]:
    """Name by key."""
    with (resources.files("nmo_cycles") / "data" / "specialties.csv").open(encoding="utf-8") as file:
        return {row["key"]: row["name"] for row in csv.DictReader(file)}
