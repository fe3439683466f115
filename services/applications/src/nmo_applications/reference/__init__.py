"""Small reference books carried in the package: names of specialties and regions by their keys."""

import csv
from functools import cache
from importlib import resources


@cache
def specialty_names() -> dict[str, str]:
    """Names of specialties by key (`VO-001`), as the Ministry's nomenclature prints them."""
    return _book("specialties.csv")


@cache
def region_names() -> dict[str, str]:
    """Names of the regions of the Federation by their two-digit code."""
    return _book("regions.csv")


def _book(file_name: str) -> dict[str, str]:
    text = resources.files(__name__).joinpath(file_name).read_text(encoding="utf-8")
    rows = csv.reader(text.splitlines())
    next(rows)
    return {row[0]: row[1] for row in rows}
