"""The services behind the gateway: addresses, one pooled HTTP client, and a limit of concurrent calls for each.

The limit is the bulkhead of GWY-03: a slow service fills its own places and nobody else's.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
from yarl import URL

from nmo_gateway.service_errors import ServiceDown

CONNECT_TIMEOUT_S = 2.0
PLACE_WAIT_S = 0.5


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long one call may take; ``idle_s`` is the longest silence between two pieces of the answer."""

    total_s: float | None = 30.0
    idle_s: float | None = 15.0

    def as_timeout(self) -> aiohttp.ClientTimeout:
        """The client's own form of it."""
        return aiohttp.ClientTimeout(total=self.total_s, connect=CONNECT_TIMEOUT_S, sock_read=self.idle_s)


STREAM = Deadline(total_s=None, idle_s=None)
STREAM_LIFE_S = 300.0
"""An event stream is ended after this time; the browser comes back at once and its session is looked at again."""


@dataclass(slots=True)
class Upstream:
    """One service: where it answers, and the places for calls and for endless streams."""

    name: str
    base_url: str
    calls: asyncio.Semaphore
    streams: asyncio.Semaphore

    def url(self, raw_target: str) -> URL:
        """Address of an already encoded path with query."""
        return URL(self.base_url.rstrip("/") + raw_target, encoded=True)


@dataclass(slots=True)
class Upstreams:
    """All services; use as an async context manager inside the running loop."""

    urls: Mapping[str, str]
    calls_per_service: int = 64
    streams_per_service: int = 1000
    _by_name: dict[str, Upstream] = field(default_factory=dict, init=False)
    _client: aiohttp.ClientSession | None = field(default=None, init=False)

    async def __aenter__(self) -> Self:
        self._by_name = {
            name: Upstream(
                name,
                url,
                asyncio.Semaphore(self.calls_per_service),
                asyncio.Semaphore(self.streams_per_service),
            )
            for name, url in self.urls.items()
        }
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=20),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Content-Type", "Accept", "Accept-Encoding"),
            trust_env=False,
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._client is not None:
            await self._client.close()

    def __getitem__(self, name: str) -> Upstream:
        return self._by_name[name]

    @property
    def names(self) -> list[str]:
        """All services, in the order of the settings."""
        return list(self._by_name)

    @asynccontextmanager
    async def open(
        self,
        service: str,
        method: str,
        raw_target: str,
        *,
        headers: Any,
        data: Any = None,
        deadline: Deadline,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send one request and give the answer with its body still unread.

        Raises ServiceDown: overloaded (no place within half a second), unreachable, timeout (before the answer's head).
        Errors while the body is read are the caller's, as aiohttp raises them.
        """
        upstream = self._by_name[service]
        places = upstream.streams if deadline is STREAM else upstream.calls
        await _take_place(service, places)
        try:
            answer = await self._send(upstream, method, raw_target, headers, data, deadline)
            try:
                yield answer
            finally:
                answer.release()
        finally:
            places.release()

    async def _send(
        self, upstream: Upstream, method: str, raw_target: str, headers: Any, data: Any, deadline: Deadline
    ) -> aiohttp.ClientResponse:
        if self._client is None:
            raise ServiceDown(upstream.name, "unreachable")
        try:
            return await self._client.request(
                method,
                upstream.url(raw_target),
                headers=headers,
                data=data,
                allow_redirects=False,
                timeout=deadline.as_timeout(),
            )
        except TimeoutError as error:
            raise ServiceDown(upstream.name, "timeout") from error
        except aiohttp.ClientError as error:
            lost = isinstance(error, aiohttp.ClientConnectionError)
            raise ServiceDown(upstream.name, "unreachable" if lost else "failed") from error


async def _take_place(service: str, places: asyncio.Semaphore) -> None:
    """Wait shortly for a place; a queue longer than that only adds to the trouble."""
    try:
        async with asyncio.timeout(PLACE_WAIT_S):
            await places.acquire()
    except TimeoutError as error:
        raise ServiceDown(service, "overloaded") from error
