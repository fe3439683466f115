"""What a bench hands back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class NothingMeasuredError(Exception):
    """A bench did no work; a figure made of nothing must not pass."""


@dataclass(frozen=True, slots=True)
class Result:
    """One bench's outcome.

    Attributes:
        ratio: the figure held against the goal; greater is better always. For a limit L on a measured m it is L / m.
        rounds: how many interleaved rounds the median is of.
        measured: operations counted; none is refused.
        figures: everything else worth telling, by name with its unit.
    """

    ratio: float
    rounds: int
    measured: int
    figures: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.measured <= 0 or self.rounds <= 0:
            raise NothingMeasuredError(f"{self.measured} operations in {self.rounds} rounds")

    def report(self, goal: float | None) -> dict[str, Any]:
        """As written to the report; without a goal there is nothing to miss."""
        return {
            "ratio": round(self.ratio, 3),
            "goal": goal,
            "met": goal is None or self.ratio >= goal,
            "rounds": self.rounds,
            "measured": self.measured,
            **self.figures,
        }
