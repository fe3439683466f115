"""What a check found: per invariant how much was looked at and every spot that is wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

SHOWN = 5
"""Spots named in an invariant's text; the rest is counted."""
EMPTY = "nothing to check"


class Inspection:
    """One invariant being looked at. `parts` are what must have had rows, or the invariant has proven nothing."""

    def __init__(self, *parts: str) -> None:
        self.looked: Counter[str] = Counter(dict.fromkeys(parts, 0))
        self.findings: list[str] = []
        self.tally: Counter[str] = Counter()

    def saw(self, part: str, rows: int = 1) -> None:
        """So many rows of a part were compared."""
        self.looked[part] += rows

    def wrong(self, spot: str, *, kind: str = "", count: int = 1) -> None:
        """Name a spot: service, table, id; never personal data. `kind` adds to that number of the verdict."""
        self.findings.append(spot)
        if kind:
            self.tally[kind] += count

    def join(self, other: Inspection) -> None:
        """Take over what another look at the same invariant found."""
        for part, rows in other.looked.items():
            self.looked[part] += rows
        self.findings += other.findings
        self.tally += other.tally

    @property
    def checked(self) -> int:
        """How many rows were compared in all."""
        return sum(self.looked.values())

    @property
    def text(self) -> str:
        """`ok`, or what is wrong."""
        empty = [part for part, rows in self.looked.items() if not rows]
        spots = [f"{EMPTY}: {part}" for part in empty or ([] if self.looked else ["nothing was looked at"])]
        spots += self.findings[:SHOWN]
        more = len(self.findings) - SHOWN
        if more > 0:
            spots.append(f"and {more} more")
        return "; ".join(spots) or "ok"


@dataclass(frozen=True)
class Verdict:
    """The answer of one check."""

    invariants: dict[str, str]
    """`I1` … `I14` to `ok` or the text of what is wrong."""
    counts: dict[str, int]
    """`events`, `lost`, `doubled`, `oversold`, `uncredited`."""
    checked: dict[str, int]
    """Rows compared, per invariant."""
    findings: dict[str, list[str]] = field(default_factory=dict)
    """All spots, per invariant."""

    @property
    def ok(self) -> bool:
        """True when every invariant holds and none was empty."""
        return all(text == "ok" for text in self.invariants.values())

    @property
    def broken(self) -> dict[str, str]:
        """The invariants that do not hold."""
        return {name: text for name, text in self.invariants.items() if text != "ok"}

    def lines(self) -> list[str]:
        """One line per invariant, for people."""
        return [f"{name:<4} {self.checked[name]:>8} rows  {text}" for name, text in self.invariants.items()]
