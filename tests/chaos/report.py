"""What a run came to: a file for programs and a table for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console()


@dataclass(slots=True)
class Report:
    """Everything that is told of a run; `faults_found` are reasons to call it broken beside the invariants."""

    seed: int
    minutes: float
    kills: int = 0
    kills_of: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    failpoints: dict[str, int] = field(default_factory=dict)
    rounds: int = 0
    journeys: dict[str, int] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    events: int = 0
    lost: int = 0
    doubled: int = 0
    oversold: int = 0
    uncredited: int = 0
    recovery_s: dict[str, float] = field(default_factory=dict)
    invariants: dict[str, str] = field(default_factory=dict)
    checked: dict[str, int] = field(default_factory=dict)
    drain_s: float = 0.0
    owed: dict[str, int] = field(default_factory=dict)
    faults_found: list[str] = field(default_factory=list)

    def recoveries(self, seconds: list[float]) -> None:
        """Median and longest of what was measured."""
        if seconds:
            self.recovery_s = {"median": round(median(seconds), 2), "max": max(seconds)}

    def judge(self) -> None:
        """Name what makes the run a failure that no invariant names."""
        if not self.kills or not self.faults:
            self.faults_found.append("nothing was injected")
        if not self.failpoints:
            self.faults_found.append("no failpoint was hit")
        if not self.recovery_s:
            self.faults_found.append("no recovery was measured")
        if not self.journeys.get("ended"):
            self.faults_found.append("no journey came to its end")
        if not self.invariants:
            self.faults_found.append("nothing was checked")
        if self.owed:
            self.faults_found.append(f"still on the way: {self.owed}")

    @property
    def ok(self) -> bool:
        """True when every invariant holds and nothing else is wrong."""
        return not self.faults_found and all(text == "ok" for text in self.invariants.values())

    def document(self) -> dict[str, Any]:
        """For the file."""
        return asdict(self) | {"ok": self.ok}

    def show(self) -> None:
        """Print the table."""
        table = Table(box=None, show_header=False, padding=(0, 2))
        rows = {
            "seed": self.seed,
            "minutes of faults": self.minutes,
            "kills": f"{self.kills}  {_words(self.kills_of)}",
            "faults": _words(self.faults),
            "failpoints hit": f"{len({_name(point) for point in self.failpoints})} names, {len(self.failpoints)} places,"
            f" {sum(self.failpoints.values())} times",
            "journeys": _words(self.journeys),
            "answers": _words(self.calls),
            "partners received": _words(self.received),
            "events": self.events,
            "lost / doubled": f"{self.lost} / {self.doubled}",
            "oversold / uncredited": f"{self.oversold} / {self.uncredited}",
            "recovery, s": _words(self.recovery_s),
            "drained after, s": self.drain_s,
        }
        for name, value in rows.items():
            table.add_row(name, str(value))
        console.print(table)
        for name, text in self.invariants.items():
            style = "green" if text == "ok" else "red"
            console.print(f"  [{style}]{name:<4}[/] {self.checked.get(name, 0):>8} rows  ", end="")
            console.print(text, markup=False)
        for fault in self.faults_found:
            console.print("  [red]fault[/] ", end="")
            console.print(fault, markup=False)
        console.print("[green]every invariant holds[/]" if self.ok else "[red]broken[/]")


def _words(counts: Any) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


def _name(point: str) -> str:
    return point.rpartition(": ")[2]
