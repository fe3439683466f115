"""Plants each fault in turn and keeps what the checker said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.chaos.checker.check import judge
from tests.chaos.checker.planted.events_and_results import EVENTS_AND_RESULTS
from tests.chaos.checker.planted.history import HISTORY
from tests.chaos.checker.planted.outside import OUTSIDE
from tests.chaos.checker.planted.scene import Fault, Scene
from tests.chaos.checker.planted.traces_and_copies import TRACES_AND_COPIES
from tests.chaos.checker.planted.withdrawals_and_totals import WITHDRAWALS_AND_TOTALS

FAULTS: Final[Sequence[Fault]] = sorted(
    (*EVENTS_AND_RESULTS, *TRACES_AND_COPIES, *HISTORY, *OUTSIDE, *WITHDRAWALS_AND_TOTALS),
    key=lambda fault: int(fault.invariant[1:]),
)


@dataclass(frozen=True)
class Alarm:
    """What came of one planted fault."""

    fault: Fault
    spot: str
    """What the alarm has to name."""
    broken: dict[str, list[str]]
    """Every finding, by invariant."""

    @property
    def line(self) -> str:
        """The checker's line about the fault."""
        lines = self.broken.get(self.fault.invariant, [])
        return next((line for line in lines if self.spot in line), "no alarm")

    @property
    def complaint(self) -> str:
        """What is wrong with the alarm; empty when it was right and stayed where it belongs."""
        if self.line == "no alarm":
            return f"nothing in {self.fault.invariant} names {self.spot!r}: {self.broken}"
        elsewhere = self.broken.keys() - {self.fault.invariant} - self.fault.neighbours
        return f"alarm in {sorted(elsewhere)} too: {self.broken}" if elsewhere else ""


async def plant(fault: Fault, scene: Scene) -> Alarm:
    """Plant one fault and let the checker judge what is left."""
    async with fault.plant(scene) as spoilt:
        verdict = judge(spoilt.snapshot)
        broken = {name: verdict.findings[name] or [text] for name, text in verdict.broken.items()}
    return Alarm(fault, spoilt.spot, broken)


def table(alarms: Sequence[Alarm]) -> str:
    """The faults with the checker's lines, as a table of Markdown."""
    rows = ["| | planted fault | the checker's line | also in |", "|---|---|---|---|"]
    for alarm in alarms:
        also = ", ".join(sorted(alarm.broken.keys() - {alarm.fault.invariant}))
        rows.append(f"| {alarm.fault.invariant} | {alarm.fault.what} | {alarm.line} | {also} |")
    return "\n".join(rows)
