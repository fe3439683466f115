"""Faults that a test or a person can switch on in a stand-in.

One table per program says what there is; `PUT /sandbox/faults` replaces the whole set and `{}` clears it, so that a
test never inherits another's fault by accident.
"""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException

FaultValue = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can go wrong.

    Attributes:
        name: what the control endpoint calls it.
        about: what then happens, in English.
        default: the value that `true` stands for; its type is the type other values must have.
    """

    name: str
    about: str
    default: FaultValue = True

    def value(self, given: object) -> FaultValue | None:
        """Return the value to keep, None when `given` switches the fault off.

        Raises:
            ValueError: the value is of another type than the fault takes.
        """
        if given is False or given is None:
            return None
        if given is True:
            return self.default
        wanted: tuple[type, ...] = (type(self.default),)
        if isinstance(self.default, (int, float)) and not isinstance(self.default, bool):
            wanted = (int, float)
        if isinstance(self.default, bool) or not isinstance(given, wanted):
            raise ValueError(f"{self.name} takes true, false or a value like {self.default!r}")  # noqa: TRY004 as below
        if not isinstance(given, (int, float, str)):
            raise ValueError(f"{self.name} takes a plain value")  # noqa: TRY004 one error type for the caller
        return given


DOWN = Fault("down", "every request but /livez and /sandbox/ is answered 503 with an HTML page")
SLOW = Fault("slow", "every answer waits that many seconds first", 10)


_subject: ContextVar[str] = ContextVar("whose_faults", default="")


class FaultBoard:
    """The faults that are on, for everybody or for one system. Names outside the program's table are refused."""

    def __init__(self, table: Iterable[Fault]) -> None:
        self._table = {fault.name: fault for fault in table}
        self._on: dict[str, FaultValue] = {}
        self._of: dict[str, dict[str, FaultValue]] = {}

    @staticmethod
    def look_at(subject: str) -> None:
        """Answer for that system for the rest of the request; an empty name for nobody in particular."""
        _subject.set(subject)

    def _active(self) -> Mapping[str, FaultValue]:
        own = self._of.get(_subject.get())
        return self._on | own if own else self._on

    def any(self) -> bool:
        """Tell whether any fault is on."""
        return bool(self._active())

    def on(self, name: str) -> bool:
        """Tell whether the fault is switched on. Raises KeyError for a name that is not in the table."""
        return self._table[name].name in self._active()

    def number(self, name: str) -> float:
        """Return the fault's number, 0 when it is off."""
        value = self._active().get(self._table[name].name, 0)
        return float(value) if isinstance(value, (int, float)) else 0.0

    def text(self, name: str) -> str | None:
        """Return the fault's text, None when it is off."""
        value = self._active().get(self._table[name].name)
        return value if isinstance(value, str) else None

    def replace(self, wanted: Mapping[str, object], *, subject: str = "") -> None:
        """Switch on exactly the faults in `wanted`, for one system or, without a `subject`, for all.

        Raises:
            ValueError: an unknown name or a value of a wrong type; nothing is changed then.
        """
        unknown = sorted(set(wanted) - set(self._table))
        if unknown:
            raise ValueError(f"unknown faults: {', '.join(unknown)}; known: {', '.join(sorted(self._table))}")
        values = {name: self._table[name].value(given) for name, given in wanted.items()}
        kept = {name: value for name, value in values.items() if value is not None}
        if subject:
            self._of[subject] = kept
        else:
            self._on = kept

    def state(self, subject: str = "") -> dict[str, Any]:
        """Return what is on, for all or for one system, and the whole table, as the control endpoint shows them."""
        known = [
            {"name": fault.name, "about": fault.about, "default": fault.default}
            for fault in self._table.values()
        ]
        return {"active": dict(self._of.get(subject, {}) if subject else self._on), "available": known}


def fault_routes(board: FaultBoard) -> APIRouter:
    """Return the control routes `GET` and `PUT /sandbox/faults` over the board."""
    router = APIRouter(prefix="/sandbox")

    @router.get("/faults")
    async def show() -> dict[str, Any]:
        """Show the faults that are on and the table of all."""
        return board.state()

    @router.put("/faults")
    async def replace(wanted: dict[str, bool | int | float | str | None]) -> dict[str, Any]:
        """Switch on exactly the named faults; `{}` clears them. An unknown name is answered 422."""
        try:
            board.replace(wanted)
        except ValueError as wrong:
            raise HTTPException(422, str(wrong)) from wrong
        return board.state()

    return router
