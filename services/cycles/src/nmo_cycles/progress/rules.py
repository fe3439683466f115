"""Years, pace and forecast of a cycle. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

from nmo_cycles.cycles.rules import Span
from nmo_cycles.norms.rules import NOTHING, Credit

CENT: Final = Decimal("0.01")
DAYS_OF_MONTH: Final = Decimal("30.4375")
SETTLING_MONTHS: Final = Decimal(12)
"""A pace is judged over a year at least: one long programme in the first month is no pace."""


@dataclass(frozen=True, slots=True)
class Year:
    """One year of a cycle, counted from its first day."""

    number: int
    from_on: date
    to_on: date
    zet: Decimal


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast credits come, and where that leads."""

    days_left: int
    months_left: int
    zet_per_month: Decimal
    ends_with_zet: Decimal

    def on_track(self, target: Decimal) -> bool:
        """True if the target is reached by the last day at this pace."""
        return self.ends_with_zet >= target


def anniversary(start: date, years: int) -> date:
    """The day `years` later on which another year begins; of 29 February it is 1 March."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)


def years_of(span: Span, credits_: Sequence[Credit]) -> list[Year]:
    """Sums by year of the cycle, by the day of completion.

    The sums of the years are the sum of the ledger: what was completed outside the cycle's days counts in the
    nearest year.
    """
    starts = [span.starts_on]
    while (following := anniversary(span.starts_on, len(starts))) <= span.ends_on:
        starts.append(following)
    sums = [NOTHING] * len(starts)
    for credit in credits_:
        sums[max(0, sum(start <= credit.earned_on for start in starts) - 1)] += credit.zet
    ends = [*[start - timedelta(days=1) for start in starts[1:]], span.ends_on]
    return [
        Year(number, *days, zet)
        for number, (days, zet) in enumerate(zip(zip(starts, ends, strict=True), sums, strict=True), 1)
    ]


def pace_of(span: Span, total: Decimal, *, today: date) -> Pace:
    """Pace so far, and the sum on the last day if it stays so."""
    days = (span.ends_on - span.starts_on).days + 1
    days_left = max(0, (span.ends_on - today).days)
    # Months are equal shares of the cycle, so that five years are sixty of them whatever the leap years.
    length = _months(days).quantize(Decimal(1), ROUND_HALF_UP)
    elapsed = length * (days - min(days, days_left)) / days
    base = min(max(elapsed, SETTLING_MONTHS), length)
    per_month = total / base
    ends_with = total + per_month * (length - base)
    return Pace(
        days_left=days_left,
        months_left=int(_months(days_left).quantize(Decimal(1), ROUND_DOWN)),
        zet_per_month=per_month.quantize(CENT, ROUND_HALF_UP),
        ends_with_zet=ends_with.quantize(CENT, ROUND_HALF_UP),
    )


def _months(days: int) -> Decimal:
    return Decimal(days) / DAYS_OF_MONTH
