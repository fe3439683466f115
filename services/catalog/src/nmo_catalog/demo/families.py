"""Subjects by family of specialties, read from the packaged file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Family:
    """Specialties that learn similar things."""

    name: str
    keys: tuple[str, ...]
    topics: tuple[str, ...]
    skills: tuple[str, ...]


def families() -> list[Family]:
    """All families; a specialty belongs to one at most, two rare ones to none («Отсутствуют» is shown for them)."""
    raw = tomllib.loads((resources.files("nmo_catalog") / "data" / "demo_topics.toml").read_text("utf-8"))
    return [
        Family(name, tuple(values["keys"]), tuple(values["topics"]), tuple(values["skills"]))
        for name, values in raw.items()
    ]
