"""Whether ЕСИА answers at all, known before a browser is sent there (SSO-09)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from nmo_identity.providers.port import ProviderRefusal

GOOD_FOR_S = 2.0
BAD_FOR_S = 2.0


class Pulse:
    """Asks once for everybody who begins a sign-in at the same time, and remembers the answer for some seconds."""

    def __init__(
        self, probe: Callable[[], Awaitable[None]], *, clock: Callable[[], float] = monotonic
    ) -> None:
        """`probe` returns, or raises what `feel` shall raise."""
        self._probe = probe
        self._clock = clock
        self._asking = asyncio.Lock()
        self._known_until = 0.0
        self._refusal: ProviderRefusal | None = None

    async def feel(self) -> None:
        """Return when ЕСИА answers.

        Raises:
            ProviderRefusal: it does not.
        """
        async with self._asking:
            if self._clock() >= self._known_until:
                self._refusal = await self._ask()
                self._known_until = self._clock() + (BAD_FOR_S if self._refusal else GOOD_FOR_S)
        if self._refusal is not None:
            raise ProviderRefusal(self._refusal.code, self._refusal.reason)

    async def _ask(self) -> ProviderRefusal | None:
        try:
            await self._probe()
        except ProviderRefusal as refusal:
            return refusal
        return None
