"""A person at the portal who does not give up: what may be repeated is repeated while a part of the portal is away."""

from __future__ import annotations

import asyncio
import html
import io
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urljoin
from uuid import uuid4

import aiohttp
from yarl import URL

from nmo_local import system
from nmo_local.demo.browser import Browser, UnexpectedAnswerError, hidden_fields

TOO_MANY = 429
AWAY = frozenset({TOO_MANY, 502, 503, 504})
PATIENCE_S = 90.0
Found = TypeVar("Found")
_FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


class Visitor(Browser):
    """A browser whose API calls outlive restarts of services: reads, writes with a key, versioned edits."""

    patience_s = PATIENCE_S
    longest_pause_s = 2.0

    async def page(self, path: str) -> tuple[int, str, str]:
        """GET a page; one that says «too many» is asked for again a little later."""

        async def asked() -> tuple[int, str, str]:
            found = await Browser.page(self, path)
            if found[0] == TOO_MANY:
                raise AwayError(f"{path}: too many requests")
            return found

        found = await self._patiently(asked)
        self._remember(found[2])
        return found

    async def sign_in(self) -> tuple[str, str]:
        """The same as a browser's, with patience for the limit of sign-ins from one address."""
        _, final, text = await self.page(await self.to_callback())
        return final, text

    async def enter(self) -> dict[str, Any]:
        """Sign in and give consent where it is asked for; the person's own state."""

        async def entered() -> dict[str, Any]:
            await self.sign_in()
            status, found = await self.ask("GET", "/api/v1/me")
            if status != 200:
                raise AwayError(f"the sign-in came to nothing: {status} {found}")
            me: dict[str, Any] = found
            return me

        me = await self._patiently(entered)
        if me["entry"] != "unconfirmed" and (me["consent"] is None or not me["consent"]["granted"]):
            await self.agree()
            me = await self.get("/api/v1/me")
        return me

    async def to_callback(self, start: str = "/auth/esia/start") -> str:
        """Sign in at ЕСИА, but do not come back: the address that the portal would be called at."""
        status, address, text = await self.page(start)
        if status in AWAY:
            raise AwayError(f"{start} answered {status}")
        action = re.search(r"<form[^>]*action=\"([^\"]*)\"", text)
        if action is not None and action.group(1) == "/logout":
            # A page of the portal: it cannot send on now, or this browser is signed in already.
            if status != 200:
                raise AwayError(f"{start} answered {status}")
            return address
        form = {**hidden_fields(text), "login": self.person, "password": "sandbox"}
        target = urljoin(address, html.unescape(action.group(1)) if action else "")
        return await self.walk(target, f"{system.PUBLIC_URL}/auth/", form)

    async def walk(self, target: str, until: str, form: dict[str, str] | None = None) -> str:
        """Follow redirects to an address that begins with `until`, without calling it; `target` is always called."""
        while True:
            status, location = await self.hop(target, form)
            if location is None:
                raise UnexpectedAnswerError(f"stopped at {target} with {status}")
            form, target = None, urljoin(target, location)
            if target.startswith(until):
                return target

    async def hop(self, target: str, form: dict[str, str] | None = None) -> tuple[int, str | None]:
        """One request of a navigation, without following: status and `Location`."""
        sent = {"Origin": system.url("esia")} if form else _FROM_ELSEWHERE
        method = "POST" if form else "GET"
        async with self._client.request(
            method, target, data=form, headers=sent, allow_redirects=False
        ) as answer:
            await answer.read()
            if answer.status in AWAY:
                raise AwayError(f"{target} answered {answer.status}")
            return answer.status, answer.headers.get("Location")

    async def submit_scan(self, path: str, scan: bytes, **fields: str) -> tuple[int, str, str]:
        """POST a form of a page with a file in its field `scan`: status, final address, text."""
        form = aiohttp.FormData({"csrf_token": self._csrf, **fields})
        form.add_field("scan", io.BytesIO(scan), filename="scan.pdf", content_type="application/pdf")
        address, sent = urljoin(system.PUBLIC_URL, path), self.unsafe_headers()
        async with self._client.post(address, data=form, headers=sent) as answer:
            text = await answer.text()
            self._remember(text)
            return answer.status, str(answer.url), text

    async def leave(self) -> None:
        """«Выйти»."""
        await self.page("/")
        await self.submit("/logout")

    def cookies(self) -> dict[str, str]:
        """What the browser would send to the portal."""
        found = self._client.cookie_jar.filter_cookies(URL(system.PUBLIC_URL))
        return {name: morsel.value for name, morsel in found.items()}

    def unsafe_headers(self) -> dict[str, str]:
        """What a write carries beside the cookies."""
        return {"Origin": system.PUBLIC_URL, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": self._csrf}

    async def agree(self) -> None:
        """Give every consent, each to its text of today. Repeating it does no harm."""
        for item in (await self.get("/api/v1/me/consents"))["purposes"]:
            answer = {"text_version": item["text"]["version"], "purpose": item["purpose"]}
            await self.post("/api/v1/me/consents", answer)

    async def get(self, path: str) -> Any:
        """Read, again and again while the portal is away."""
        return await self._persist("GET", path, None)

    async def post(self, path: str, body: Any) -> Any:
        """Write under one key, which every repetition carries."""
        return await self._persist("POST", path, body, **{"Idempotency-Key": str(uuid4())})

    async def patient_ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """`ask`, but one that is told «too many» asks again a little later."""

        async def asked() -> tuple[int, Any]:
            found = await self.ask(method, path, body, **headers)
            if found[0] == TOO_MANY:
                raise AwayError(f"{method} {path}: too many requests")
            return found

        return await self._patiently(asked)

    async def whole_answer(self, path: str) -> tuple[int, Any, Mapping[str, str]]:
        """GET of the API within the session: status, parsed body, header fields. Nothing is repeated."""
        address = urljoin(system.PUBLIC_URL, path)
        async with self._client.get(address, headers={"Accept": "application/json"}) as answer:
            return answer.status, await answer.json(content_type=None), answer.headers

    async def edit(self, path: str, body: Any) -> Any:
        """Change the version one has seen; a repetition that comes too late sees the change in place."""
        found = await self.get(path)
        try:
            return await self._persist("PATCH", path, body, **{"If-Match": f'"{found["version"]}"'})
        except UnexpectedAnswerError as stale:
            now = await self.get(path)
            if now["version"] == found["version"]:
                raise
            if any(now["form"][name] != value for name, value in body.items() if name in now["form"]):
                raise UnexpectedAnswerError(f"another edit came between: {now['form']}") from stale
            return now

    async def _persist(self, method: str, path: str, body: Any, **headers: str) -> Any:
        async def once() -> Any:
            status, answer = await self.ask(method, path, body, **headers)
            if status in AWAY:
                raise AwayError(f"{method} {path} answered {status}: {answer}")
            if status >= 400:
                raise UnexpectedAnswerError(f"{method} {path} answered {status}: {answer}", status)
            return answer

        return await self._patiently(once)

    async def _patiently(self, work: Callable[[], Awaitable[Found]]) -> Found:
        """Do it until the portal is there to answer, or patience ends."""
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + self.patience_s, 0.1
        while True:
            try:
                return await work()
            except (aiohttp.ClientError, TimeoutError, OSError, json.JSONDecodeError, AwayError):
                if loop.time() > deadline:
                    raise
            await asyncio.sleep(pause)
            pause = min(pause * 1.6, self.longest_pause_s)


class AwayError(RuntimeError):
    """A part of the portal cannot answer now."""
