"""Named places where a test may kill, raise, delay or drop, steered by the variable NMO_FAILPOINT.

Form: `name:action[@when]`, several separated by commas. Actions: `kill` (SIGKILL to the own process), `raise`,
`sleep(<seconds>)`, `drop` (the caller leaves the step out). `@3%` is a probability, `@2` means the second hit only,
without it every hit counts. Without the variable each call is one dictionary look-up.

NMO_FAILPOINT_FILE names a file with the same text that may be changed while the process runs; each failpoint that
fires leaves a line `name action pid` in `<file>.fired` before it acts.
"""

import asyncio
import os
import random
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "NMO_FAILPOINT"
FILE_VARIABLE = "NMO_FAILPOINT_FILE"
_FORM = re.compile(
    r"(?P<name>[\w.]+):(?P<action>kill|raise|drop|sleep)(\((?P<seconds>[\d.]+)\))?(@(?P<when>[\d.]+%?))?"
)


class FailpointRaisedError(RuntimeError):
    """What the action `raise` raises."""


@dataclass
class _Point:
    action: str
    seconds: float
    probability: float | None
    nth: int | None
    hits: int = 0

    def fires(self) -> bool:
        self.hits += 1
        if self.probability is not None:
            return random.random() < self.probability  # noqa: S311 fault injection is no secret
        return self.nth is None or self.hits == self.nth


def parse(text: str) -> dict[str, _Point]:
    """Read the variable's text. Raises ValueError on anything it does not know."""
    points: dict[str, _Point] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _FORM.fullmatch(part)
        if match is None:
            raise ValueError(f"{VARIABLE}: cannot read {part!r}")
        when = match["when"]
        share = when is not None and when.endswith("%")
        points[match["name"]] = _Point(
            action=match["action"],
            seconds=float(match["seconds"] or 1),
            probability=float(when[:-1]) / 100 if share else None,
            nth=int(when) if when is not None and not share else None,
        )
    return points


_points = parse(os.environ.get(VARIABLE, ""))
_file = Path(os.environ[FILE_VARIABLE]) if os.environ.get(FILE_VARIABLE) else None
_file_state = 0


def is_set() -> bool:
    """True when the environment asks for failpoints."""
    return bool(os.environ.get(VARIABLE) or os.environ.get(FILE_VARIABLE))


def refuse_in(environment: str) -> None:
    """Stop the start of a production process that has failpoints set. Raises RuntimeError."""
    if environment == "production" and (_points or is_set()):
        raise RuntimeError(f"{VARIABLE} is set: failpoints are refused in production")


def configure(text: str) -> None:
    """Replace the active failpoints, for tests inside one process; an empty text switches all off."""
    _points.clear()
    _points.update(parse(text))


def _follow(file: Path) -> None:
    """Take over what the file says now, if it has changed."""
    global _file_state  # noqa: PLW0603 one set of failpoints per process
    state = file.stat().st_mtime_ns if file.exists() else 0
    if state != _file_state:
        _file_state = state
        configure(file.read_text() if state else "")


def _strike(name: str) -> _Point | None:
    if _file is not None:
        _follow(_file)
    point = _points.get(name)
    if point is None or not point.fires():
        return None
    if _file is not None:
        with Path(f"{_file}.fired").open("a") as fired:
            fired.write(f"{name} {point.action} {os.getpid()}\n")
    if point.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if point.action == "raise":
        raise FailpointRaisedError(name)
    return point


async def hit(name: str) -> bool:
    """Pass a failpoint; true means that the caller leaves the coming step out (`drop`)."""
    point = _strike(name)
    if point is not None and point.action == "sleep":
        await asyncio.sleep(point.seconds)
    return point is not None and point.action == "drop"


def hit_sync(name: str) -> bool:
    """The same for code without an event loop."""
    point = _strike(name)
    if point is not None and point.action == "sleep":
        time.sleep(point.seconds)
    return point is not None and point.action == "drop"
