"""When certificates of a sign-in run out: a metric, a line in the log a day, a note at readiness (alerts.yml)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog
from prometheus_client import Gauge

logger = structlog.get_logger(__name__)
NOT_AFTER = Gauge(
    "provider_certificate_not_after_seconds",
    "When the last certificate of a use and algorithm runs out, in Unix seconds",
    ["provider", "use", "algorithm"],
)
Use = Literal["own", "tokens"]


@dataclass(frozen=True, slots=True)
class Term:
    """Until when something works: the latest certificate of one use and algorithm."""

    use: Use
    algorithm: str
    ends: datetime


class ExpiryAlarm:
    """Watches the terms of one provider's certificates."""

    def __init__(self, provider: str, ahead: timedelta) -> None:
        """Warn that long before the end."""
        self._provider, self._ahead = provider, ahead
        self._told: dict[tuple[Use, str], datetime] = {}

    def look(self, terms: Iterable[Term], now: datetime) -> list[str]:
        """Set the metric, log what runs out (once a day), return it as notes for readiness."""
        notes = []
        for term in terms:
            NOT_AFTER.labels(self._provider, term.use, term.algorithm).set(term.ends.timestamp())
            if term.ends - now > self._ahead:
                continue
            notes.append(
                f"{self._provider}: {term.use} certificate ({term.algorithm}) ends {term.ends:%Y-%m-%d}"
            )
            place = term.use, term.algorithm
            told = self._told.get(place)
            if told is None or now - told >= timedelta(days=1):
                self._told[place] = now
                logger.warning(
                    "provider_certificate_expires",
                    provider=self._provider,
                    use=term.use,
                    algorithm=term.algorithm,
                    ends=term.ends.isoformat(),
                )
        return notes


def latest(terms: Iterable[Term]) -> list[Term]:
    """Of several certificates of one use and algorithm the one that lasts longest: an overlap is no alarm."""
    found: dict[tuple[Use, str], Term] = {}
    for term in terms:
        place = term.use, term.algorithm
        if place not in found or term.ends > found[place].ends:
            found[place] = term
    return list(found.values())
