"""СНИЛС and phone numbers in a text: whole, formatted, cut, or hidden less than the rule asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.leaks.canaries import Canary

_MASK = "*•●∙·#xXхХ"
_RUN = re.compile(rf"[\d{_MASK}](?:[\s\-–‑.()+\u00a0]{{0,2}}[\d{_MASK}])+")
_SEPARATORS = re.compile(r"[\s\-–‑.()+\u00a0]")
BODY = 9
"""The control number is worked out of these; who has them has all eleven."""
WHOLE = 11
PHONE = 10
MOST_SHOWN = 2


@dataclass(slots=True)
class Register:
    """Planted numbers."""

    snils: dict[str, Canary] = field(default_factory=dict)
    bodies: dict[str, Canary] = field(default_factory=dict)
    phones: dict[str, Canary] = field(default_factory=dict)
    harmless: set[str] = field(default_factory=set)
    """Runs that none of these is in."""

    def add_snils(self, number: str, canary: Canary) -> None:
        """Eleven digits."""
        self.harmless.clear()
        self.snils[number] = canary
        self.bodies[number[:BODY]] = canary

    def add_phone(self, number: str, canary: Canary) -> None:
        """Ten digits after the country's."""
        self.harmless.clear()
        self.phones[number[-PHONE:]] = canary

    def search(self, text: str) -> Iterator[tuple[Canary, int]]:
        """Numbers of a text, each with its place."""
        if not self.snils and not self.phones:
            return
        for match in _RUN.finditer(text):
            if match[0] in self.harmless:
                continue
            found = list(self._in_run(_SEPARATORS.sub("", match[0])))
            yield from ((canary, match.start()) for canary in found)
            if not found:
                self.harmless.add(match[0])

    def _in_run(self, run: str) -> Iterator[Canary]:
        for start in range(len(run) - BODY + 1):
            canary = self.bodies.get(run[start : start + BODY]) or self.phones.get(run[start : start + PHONE])
            if canary is not None:
                yield canary
        if not run.isdecimal():
            yield from self._badly_hidden(run)

    def _badly_hidden(self, run: str) -> Iterator[Canary]:
        for start in range(len(run) - WHOLE + 1):
            window = run[start : start + WHOLE]
            if window.isdecimal() or sum(char.isdecimal() for char in window) == 0:
                continue
            for number, canary in self.snils.items():
                if shows_too_much(window, number):
                    yield canary


def shows_too_much(hidden: str, number: str) -> bool:
    """Whether a masked writing of the number shows more than two digits, or its control number."""
    shown = [place for place, char in enumerate(hidden) if char.isdecimal()]
    if any(hidden[place] != number[place] for place in shown):
        return False
    return len(shown) > MOST_SHOWN or (len(shown) == MOST_SHOWN and shown[-1] >= BODY)
