"""Which faults a run injects: decided by the seed alone, so that a run can be repeated by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.chaos.failpoint_list import CONSUMERS, EVERYBODY, PLACES, RETRIED

STAND_INS: Final = ("sandbox-esia", "sandbox-frmr")
"""Stand-ins that keep their state through a kill."""
POSTGRES: Final = ("immediate", "restart", "kill_backend", "terminate_backends", "freeze")
BROKER: Final = ("stop", "kill", "freeze")
NETWORK: Final = ("delay", "cut", "black_hole", "refuse", "half_close", "slow")
SKEWS_S: Final = (-4, -2, 2, 4)
FORWARD_S: Final = 2100
"""35 minutes: longer than a session may idle."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what is done, to what, when in its round, for how long.

    `detail` is the failpoint's text, the clock's shift, nothing for others.
    """

    name: str
    target: str
    after_s: float
    lasts_s: float = 0.0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """Faults that overlap; then everything is healed and the recovery measured."""

    number: int
    title: str
    faults: tuple[Fault, ...]
    calm_s: float


class Planner:
    """Deals rounds from a shuffled deck, so that every kind comes in its turn whatever the seed."""

    def __init__(self, seed: int, *, brisk: bool = False) -> None:
        """`brisk` is for short runs: many kills at once, everything else beside them and brief."""
        self._random = Random(seed)
        self._brisk = brisk
        self._points: list[tuple[str, str]] = []

    def rounds(self) -> Iterator[Round]:
        """Rounds without end."""
        number = 0
        while True:
            deck = self._brisk_deck() if self._brisk else self._deck()
            self._random.shuffle(deck)
            for title, make in deck:
                number += 1
                calm_s = 0.5 if self._brisk else self._between(1, 4)
                yield Round(number, title, tuple(make()), calm_s)

    def _deck(self) -> list[tuple[str, Callable[[], list[Fault]]]]:
        return [
            *[("kills", lambda: self._kills(5))] * 6,
            *[("kill all", self._kill_all)] * 2,
            *[("failpoints", self._failpoints)] * 9,
            *[("freeze", self._freeze)] * 2,
            *[("broker", lambda how=how: self._server("broker", how)) for how in BROKER],
            *[("postgres", lambda how=how: self._server("postgres", how)) for how in POSTGRES],
            *[("network", lambda how=how: self._network(how)) for how in NETWORK],
            ("clock skew", self._skew),
            ("clock forward", lambda: [Fault("clock.forward", "all", 0, 0, str(FORWARD_S))]),
        ]

    def _brisk_deck(self) -> list[tuple[str, Callable[[], list[Fault]]]]:
        beside: list[Callable[[], list[Fault]]] = [
            self._freeze,
            lambda: self._server("broker", "kill"),
            lambda: self._server("postgres", "immediate"),
            lambda: self._server("postgres", "terminate_backends"),
            lambda: self._network("cut"),
            lambda: self._network("black_hole"),
            self._skew,
        ]
        storms = [("storm", lambda make=make: [*make(), *self._storm()]) for make in beside]
        return [*storms, *[("failpoints", self._failpoints)] * 4]

    def _between(self, low: float, high: float) -> float:
        return round(self._random.uniform(low, high), 2)

    def _lasts(self, low: float, high: float) -> float:
        return self._between(low / 3, high / 3) if self._brisk else self._between(low, high)

    def _kills(self, most: int) -> list[Fault]:
        targets = [
            self._random.choice((*EVERYBODY, *EVERYBODY, *STAND_INS))
            for _ in range(self._random.randint(2, most))
        ]
        return [Fault("kill", target, self._between(0, 3)) for target in targets]

    def _kill_all(self) -> list[Fault]:
        return [Fault("kill", target, 0.0) for target in EVERYBODY]

    def _storm(self) -> list[Fault]:
        return [*self._kill_all(), *self._kills(4), *self._server("postgres", "kill_backend")]

    def _freeze(self) -> list[Fault]:
        targets = self._random.sample((*EVERYBODY, *STAND_INS), self._random.randint(1, 2))
        return [Fault("freeze", target, self._between(0, 1), self._lasts(3, 12)) for target in targets]

    def _server(self, server: str, how: str) -> list[Fault]:
        name = f"{server}.{how}"
        if how in {"kill_backend", "terminate_backends"}:
            return [Fault(name, server, self._between(0, 2)) for _ in range(self._random.randint(2, 4))]
        longest = 15 if how == "freeze" else 8
        return [Fault(name, server, 0.0, self._lasts(2, longest))]

    def _network(self, how: str) -> list[Fault]:
        links = [(process, "postgres") for process in EVERYBODY]
        links += [(process, "amqp") for process in EVERYBODY if process != "gateway"]
        chosen = self._random.sample(links, self._random.randint(2, 4))
        return [
            Fault(f"network.{how}", f"{process}-{server}", self._between(0, 1), self._lasts(3, 12))
            for process, server in chosen
        ]

    def _skew(self) -> list[Fault]:
        process = self._random.choice(EVERYBODY)
        shift = self._random.choice(SKEWS_S)
        return [Fault("clock.skew", process, 0.0, self._lasts(6, 15), str(shift))]

    def _failpoints(self) -> list[Fault]:
        """Several at once, one a process, those first that have waited longest."""
        if len(self._points) < len(EVERYBODY):
            fresh = [(place.name, process) for place in PLACES for process in place.processes]
            fresh += [(RETRIED, process) for process in CONSUMERS]
            self._random.shuffle(fresh)
            self._points += fresh
        chosen: dict[str, str] = {}
        for name, process in list(self._points):
            if process not in chosen and len(chosen) < 6:
                chosen[process] = name
                self._points.remove((name, process))
        return [
            Fault("failpoint", process, self._between(0, 1), self._lasts(10, 10), self._text(name))
            for process, name in chosen.items()
        ]

    def _text(self, name: str) -> str:
        if name == RETRIED:
            return name
        place = next(place for place in PLACES if place.name == name)
        hit = self._random.randint(1, place.latest_hit)
        return f"{name}:{self._random.choice(place.actions)}@{hit}"
