"""Callers that ask for anything and only tell the status: with a session, with a bearer token, or with nothing."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

import aiohttp

from nmo_local import system
from tests.e2e.visitor import Visitor

TOO_MANY = 429
TRIES = 2
LONGEST_WAIT_S = 1.0
STREAM = "text/event-stream"
STALE = {"If-Match": '"999999"'}
"""A version that nothing has: an edit that is let in still changes nothing."""


async def ask(
    client: aiohttp.ClientSession, method: str, address: str, body: Any, headers: dict[str, str]
) -> tuple[int, str]:
    """Status and problem code; a stream is not listened to.

    «Too many» is waited out a little: a service that goes on saying it has let the caller in, and that is the answer.
    """
    tries = 0
    while True:
        async with client.request(
            method, address, json=body, headers={**STALE, **headers}, allow_redirects=False
        ) as answer:
            if answer.status == TOO_MANY and tries < TRIES:
                tries += 1
                await asyncio.sleep(min(float(answer.headers["Retry-After"]), LONGEST_WAIT_S))
                continue
            kind = answer.headers.get("Content-Type", "")
            if kind.startswith(STREAM) or "json" not in kind:
                return answer.status, ""
            parsed = await answer.json(content_type=None)
            return answer.status, str(parsed.get("code", "")) if isinstance(parsed, dict) else ""


class Knocker(Visitor):
    """A signed-in person."""

    async def knock(self, method: str, path: str, body: Any) -> tuple[int, str]:
        """Ask the gateway within the session."""
        return await ask(self._client, method, system.PUBLIC_URL + path, body, self.unsafe_headers())


class Unsigned:
    """A program without a session, with or without a bearer token."""

    def __init__(self, root: str, bearer: str | None) -> None:
        """`root` is where paths begin."""
        self._root = root
        self._headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        self._client = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=30)
        )

    async def __aenter__(self) -> Self:
        """Open."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close connections."""
        await self._client.close()

    async def knock(self, method: str, path: str, body: Any) -> tuple[int, str]:
        """Ask."""
        return await ask(self._client, method, self._root + path, body, self._headers)
