"""What clients and the fault driver wrote down while the run went on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class BrokenHistoryError(ValueError):
    """A line in the middle of the file cannot be read: the evidence is not whole."""


@dataclass(frozen=True)
class History:
    """Entries by kind, each list in the order of writing.

    - `call`: t, journey, actor, method, path, key, status, code, trace, ms
    - `fact`: t, journey, what, id and own fields: something that a 2xx answer told
    - `replay`: t, credential, age_s, where, status: an old credential tried again
    - `received`: t, client_id, way (`amqp`, `webhook`, `pull`), event: what a partner got, whole, in the order it came
    - `fault`, `recovered`: what was done to the system
    """

    calls: list[Entry] = field(default_factory=list)
    facts: list[Entry] = field(default_factory=list)
    replays: list[Entry] = field(default_factory=list)
    received: list[Entry] = field(default_factory=list)
    faults: list[Entry] = field(default_factory=list)
    recovered: list[Entry] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> History:
        """Read a file of JSON lines; a last line cut off by the writer's death is left out.

        Raises:
            BrokenHistoryError: another line is no JSON object with a kind.
        """
        lines = path.read_text().split("\n")
        return cls.of(_entries(path, lines[:-1]))

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> History:
        """Sort entries by kind; kinds that nothing is judged by are left out."""
        found = cls()
        by_kind = {
            "call": found.calls,
            "fact": found.facts,
            "replay": found.replays,
            "received": found.received,
            "fault": found.faults,
            "recovered": found.recovered,
        }
        for entry in entries:
            if entry["kind"] in by_kind:
                by_kind[entry["kind"]].append(entry)
        return found


def _entries(path: Path, lines: list[str]) -> Iterable[Entry]:
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or not isinstance(entry.get("kind"), str):
            raise BrokenHistoryError(f"{path.name}:{number} cannot be read")
        yield entry
