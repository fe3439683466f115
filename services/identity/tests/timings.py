"""Whether the time of an answer tells one kind of asking from another (T06)."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable
from typing import Any

SERIES = 3
Measure = Callable[[], Awaitable[dict[str, list[float]]]]


async def assert_untold(what: str, measure: Measure, *, limit: float, **parts: slice[Any, Any, Any]) -> None:
    """The medians of both kinds are not further apart than this share in each of the parts of a series.

    A busy machine moves the medians of a series; what answers really differ in shows in each of three.

    Args:
        what: how the printed figures are called.
        measure: a series: seconds of each answer, by kind, `known` and `unknown`.
        limit: share of the unknown one's median.
        parts: which of a kind's answers are compared; all of them when none is told.
    """
    shares: list[float] = []
    for _ in range(SERIES):
        times = await measure()
        shares = []
        for name, part in (parts or {"all": slice(None)}).items():
            known, unknown = (statistics.median(times[kind][part]) * 1000 for kind in ("known", "unknown"))
            shares.append(abs(known - unknown) / unknown)
            print(f"{what}, {name}: known {known:.2f} ms, unknown {unknown:.2f} ms, {shares[-1]:.1%} apart")  # noqa: T201 figures
        if max(shares) < limit:
            return
    raise AssertionError(
        f"{what}: {max(shares):.1%} apart in the last of {SERIES} series, {limit:.0%} allowed"
    )
