"""Clocks and order statistics of the benches."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Sample:
    """What one side took over all its rounds."""

    operations: int = 0
    rates: list[float] = field(default_factory=list)
    """Operations per second of wall time, by round."""
    cpu_us: list[float] = field(default_factory=list)
    """Processor time of this process per operation, microseconds, by round."""
    machine_us: list[float] = field(default_factory=list)
    """The same of all that ran on the machine: what the servers took is in it."""

    @property
    def rate(self) -> float:
        """Median rate."""
        return statistics.median(self.rates)

    @property
    def cpu(self) -> float:
        """Median processor time per operation, microseconds."""
        return statistics.median(self.cpu_us)

    @property
    def machine(self) -> float:
        """Median processor time of the whole machine per operation, microseconds."""
        return statistics.median(self.machine_us)

    @property
    def busy(self) -> float:
        """Share of the machine's processors that was in use: near 1 nothing goes faster, whoever waits for whom."""
        return self.machine * self.rate / 1e6 / (os.cpu_count() or 1)


async def _nothing() -> None:
    """No preparation."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the things compared."""

    work: Callable[[], Awaitable[int]]
    """Does a fixed piece of work and returns how many operations it was."""
    before: Callable[[], Awaitable[None]] = _nothing
    """Prepares each round, untimed."""


async def interleave(sides: Mapping[str, Side], *, rounds: int) -> dict[str, Sample]:
    """A B A B …: the machine's moods fall on all sides alike. One round before counts for nothing (caches, pools)."""
    samples = {name: Sample() for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            await side.before()
            cpu, machine, started = time.process_time(), _machine_seconds(), time.perf_counter()
            operations = await side.work()
            seconds, used = time.perf_counter() - started, time.process_time() - cpu
            if number and operations:
                sample = samples[name]
                sample.operations += operations
                sample.rates.append(operations / seconds)
                sample.cpu_us.append(used / operations * 1e6)
                sample.machine_us.append((_machine_seconds() - machine) / operations * 1e6)
    return samples


def median_ratio(upper: Sample, lower: Sample) -> float:
    """Median over the rounds of the ratio within each round."""
    return statistics.median(a / b for a, b in zip(upper.rates, lower.rates, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used, its threads included; 0 for one that is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123 read thousands of times
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _machine_seconds() -> float:
    """Processor time that all processes have used since the machine started."""
    with open("/proc/stat", encoding="ascii") as file:  # noqa: PTH123 a device
        user, nice, system, _, _, irq, softirq = map(int, file.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / _TICKS_PER_S
