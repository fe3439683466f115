"""Failures that are no faults, each with its reason; kept as data in `accepted.csv`."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.generated.engine import Failure


@dataclass(frozen=True, slots=True)
class Accepted:
    """One line: which check, at which operations, with which words in the finding, and why it is right so."""

    check: str
    operation: re.Pattern[str]
    detail: re.Pattern[str]
    reason: str

    def covers(self, failure: Failure) -> bool:
        """Whether the finding is of this kind."""
        return (
            self.check == failure.check
            and self.operation.fullmatch(failure.operation) is not None
            and self.detail.search(failure.detail) is not None
        )


@cache
def accepted() -> tuple[Accepted, ...]:
    """The reviewed list."""
    with Path(__file__).with_name("accepted.csv").open(newline="") as file:
        return tuple(
            Accepted(
                line["check"],
                re.compile(line["operation"]),
                re.compile(line["detail"], re.DOTALL),
                line["reason"],
            )
            for line in csv.DictReader(file)
        )


def unexpected(failures: list[Failure]) -> list[Failure]:
    """Those that nobody has given a reason for."""
    return [failure for failure in failures if not any(known.covers(failure) for known in accepted())]
