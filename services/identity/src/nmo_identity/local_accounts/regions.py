"""Reference books of the register, for checking what was chosen: regions, specialties."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from nmo_kit import clock
from nmo_kit.errors import Unavailable
from nmo_kit.http import ServiceClient, UpstreamProblem

logger = structlog.get_logger(__name__)
KEPT = timedelta(hours=1)
TIMEOUT_S = 3.0
POSSIBLE = frozenset(f"{number:02d}" for number in range(1, 100))
"""Codes that may be regions, for as long as the book cannot be read: registering does not wait for the register."""


class Regions:
    """The newest book, read at most once an hour; an old one serves while the registry is down."""

    def __init__(
        self, registry_url: str, book: str = "regions", *, possible: frozenset[str] = POSSIBLE
    ) -> None:
        """The book is public: no token is needed. `possible` stands in for one that was never read."""
        self._book = book
        self._possible = possible
        self._client = ServiceClient(registry_url, "registry", timeout_s=TIMEOUT_S)
        self._codes: frozenset[str] = frozenset()
        self._read_at: datetime | None = None

    async def codes(self) -> frozenset[str]:
        """Codes that may be chosen."""
        now = clock.now()
        if self._read_at is None or now - self._read_at > KEPT:
            await self._read(now)
        return self._codes or self._possible

    async def close(self) -> None:
        """Close connections."""
        await self._client.close()

    async def _read(self, now: datetime) -> None:
        try:
            answer = await self._client.get_json(f"/api/v1/dictionaries/{self._book}")
            self._codes = frozenset(str(item["key"]) for item in answer["items"])
            self._read_at = now
        except (Unavailable, UpstreamProblem, KeyError, TypeError) as error:
            logger.warning("book_not_read", book=self._book, error=type(error).__name__)
