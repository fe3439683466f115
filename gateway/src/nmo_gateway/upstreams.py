"""The services behind the gateway: addresses, kept connections, and a limit of concurrent calls for each.

The limit is the bulkhead of GWY-03: a slow service fills its own places and nobody else's.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from nmo_gateway.service_errors import ServiceDown
from nmo_gateway.upstream_http import Answer, CallError, Pool, Request, UnreachableError
from nmo_gateway.upstream_http.request import Body

PLACE_WAIT_S = 0.5


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long one call may take; ``idle_s`` is the longest silence between two pieces of the answer."""

    total_s: float | None = 30.0
    idle_s: float | None = 15.0


STREAM = Deadline(total_s=None, idle_s=None)
STREAM_LIFE_S = 300.0
"""An event stream is ended after this time; the browser comes back at once and its session is looked at again."""


class Places:
    """A number of places that are given out in the order of asking."""

    __slots__ = ("_free", "_waiting")

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take_now(self) -> bool:
        """Take a place if one is free and nobody waits for it."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def take(self) -> None:
        """Wait shortly for a place; a queue longer than that only adds to the trouble. Raises TimeoutError."""
        if self.take_now():
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(PLACE_WAIT_S):
                await place
        except BaseException:
            if place.done() and not place.cancelled():
                # Given in the very moment of leaving.
                self.give_back()
            elif place in self._waiting:
                # Not there when a place was freed in between and passed on to the next.
                self._waiting.remove(place)
            raise

    def give_back(self) -> None:
        """Free a place: the first that waits gets it."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1


@dataclass(slots=True)
class Upstream:
    """One service: its connections, and the places for calls and for endless streams."""

    name: str
    pool: Pool
    calls: Places
    streams: Places


@dataclass(slots=True)
class Call:
    """A call under way: its answer, and the place that it holds until it is closed."""

    answer: Answer
    places: Places

    def close(self) -> None:
        """End it, whether the answer was read or not."""
        self.answer.close()
        self.places.give_back()


@dataclass(slots=True)
class Upstreams:
    """All services; use as an async context manager inside the running loop."""

    urls: Mapping[str, str]
    calls_per_service: int = 64
    streams_per_service: int = 1000
    _by_name: dict[str, Upstream] = field(default_factory=dict, init=False)

    async def __aenter__(self) -> Self:
        self._by_name = {
            name: Upstream(name, Pool(url), Places(self.calls_per_service), Places(self.streams_per_service))
            for name, url in self.urls.items()
        }
        return self

    async def __aexit__(self, *exc: object) -> None:
        for upstream in self._by_name.values():
            upstream.pool.close()

    def __getitem__(self, name: str) -> Upstream:
        return self._by_name[name]

    @property
    def names(self) -> list[str]:
        """All services, in the order of the settings."""
        return list(self._by_name)

    async def call(self, service: str, request: Request, deadline: Deadline) -> Call:
        """Send one request; the answer's body is still unread. Whoever gets the call closes it.

        Raises:
            ServiceDown: overloaded (no place within half a second), unreachable, timeout, failed (no HTTP).
            Exception: what the iterator of the request's body raised.
        """
        upstream = self._by_name[service]
        places = upstream.streams if deadline is STREAM else upstream.calls
        if not places.take_now():
            try:
                await places.take()
            except TimeoutError as error:
                raise ServiceDown(service, "overloaded") from error
        try:
            answer = await upstream.pool.request(request, total_s=deadline.total_s, idle_s=deadline.idle_s)
        except CallError as error:
            places.give_back()
            raise ServiceDown(service, reason_of(error)) from error
        except BaseException:
            places.give_back()
            raise
        return Call(answer, places)

    @asynccontextmanager
    async def open(
        self,
        service: str,
        method: str,
        raw_target: str,
        *,
        headers: Mapping[str, str],
        data: Body = None,
        deadline: Deadline,
    ) -> AsyncIterator[Answer]:
        """The same with a request given as text, closed by itself.

        Raises ServiceDown before the answer's head; errors while the body is read are the reader's (CallError).
        """
        call = await self.call(service, Request.of(method, raw_target, headers, data), deadline)
        try:
            yield call.answer
        finally:
            call.close()


def reason_of(error: CallError) -> str:
    """The word of ServiceDown for a fault on the way."""
    if isinstance(error, TimeoutError):
        return "timeout"
    return "unreachable" if isinstance(error, UnreachableError) else "failed"
