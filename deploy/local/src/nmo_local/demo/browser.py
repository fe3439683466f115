"""A person at the portal, as a plain HTTP client: cookies, forms, the API with the session's CSRF token."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urljoin

import aiohttp

from nmo_local import system

Found = TypeVar("Found")
WAIT_S = 15.0


class UnexpectedAnswerError(RuntimeError):
    """The portal answered otherwise than the journey needs; `status` is that of the answer, where there was one."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


async def eventually(
    ask: Callable[[], Awaitable[Found | None]],
    what: str,
    timeout_s: float = WAIT_S,
    longest_pause_s: float = 0.5,
) -> Found:
    """The first answer that is not None, asked for until it comes, ever more slowly.

    Raises:
        UnexpectedAnswerError: it did not come in time; `what` names it.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    pause = 0.05
    while True:
        found = await ask()
        if found is not None:
            return found
        if loop.time() > deadline:
            raise UnexpectedAnswerError(f"{what} did not happen within {timeout_s:.0f} s")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, longest_pause_s)


class Browser:
    """One browser with one person."""

    def __init__(self, person: str, *, trace_configs: Sequence[aiohttp.TraceConfig] = ()) -> None:
        """`person` is a key of the sandbox's table; `trace_configs` let a test watch the traffic."""
        self.person = person
        self._csrf = ""
        self._client = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=30),
            trace_configs=list(trace_configs),
        )

    async def __aenter__(self) -> Self:
        """Open."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close connections; the session at the portal stays."""
        await self._client.close()

    async def page(self, path: str) -> tuple[int, str, str]:
        """GET a page, following redirects: status, final address, text."""
        async with self._client.get(urljoin(system.PUBLIC_URL, path), headers=_NAVIGATION) as answer:
            return answer.status, str(answer.url), await answer.text()

    async def sign_in(self) -> tuple[str, str]:
        """«Войти через Госуслуги»: the button, ЕСИА's own page, and back. Final address and page."""
        _, address, text = await self.page("/auth/esia/start")
        action = re.search(r"<form[^>]*action=\"([^\"]*)\"", text)
        form = hidden_fields(text)
        form.update(login=self.person, password="sandbox")  # noqa: S106 the sandbox's own
        target = urljoin(address, html.unescape(action.group(1)) if action else "")
        async with self._client.post(target, data=form, headers={"Origin": system.url("esia")}) as answer:
            final, text = str(answer.url), await answer.text()
        if not final.startswith(system.PUBLIC_URL):
            raise UnexpectedAnswerError(f"ЕСИА did not send {self.person} back: {words(text)[:300]}")
        self._remember(text)
        return final, text

    async def submit(self, path: str, **fields: str) -> tuple[int, str, str]:
        """POST a form of a page: status, final address, text."""
        form = {"csrf_token": self._csrf, **fields}
        async with self._client.post(
            urljoin(system.PUBLIC_URL, path), data=form, headers=_SAME_ORIGIN
        ) as answer:
            text = await answer.text()
            self._remember(text)
            return answer.status, str(answer.url), text

    async def api(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call the API within the session; the parsed body.

        Raises:
            UnexpectedAnswerError: the answer is an error; its code and detail are in the text.
        """
        status, parsed = await self.ask(method, path, body, **headers)
        if status >= 400:  # noqa: PLR2004 HTTP
            raise UnexpectedAnswerError(f"{method} {path} answered {status}: {parsed}", status)
        return parsed

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Call the API within the session: status and parsed body, errors too; bytes are sent as they are."""
        sent = {**_SAME_ORIGIN, "X-CSRF-Token": self._csrf, **headers}
        carried: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with self._client.request(
            method, urljoin(system.PUBLIC_URL, path), headers=sent, allow_redirects=False, **carried
        ) as answer:
            parsed = await answer.json(content_type=None) if answer.content_length != 0 else None
            return answer.status, parsed

    async def download(self, path: str) -> bytes:
        """A file."""
        async with self._client.get(urljoin(system.PUBLIC_URL, path)) as answer:
            answer.raise_for_status()
            return await answer.read()

    def _remember(self, text: str) -> None:
        found = hidden_fields(text).get("csrf_token")
        if found:
            self._csrf = found


_NAVIGATION = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}
_SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin", "Origin": system.PUBLIC_URL}
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r"\b(name|value|type)=\"([^\"]*)\"")


def hidden_fields(text: str) -> dict[str, str]:
    """Hidden fields of a page's forms."""
    found = {}
    for tag in _INPUT.findall(text):
        attributes = dict(_ATTRIBUTE.findall(tag))
        if attributes.get("type") == "hidden" and "name" in attributes:
            found[attributes["name"]] = html.unescape(attributes.get("value", ""))
    return found


def words(text: str) -> str:
    """The words of a page, without its tags."""
    return re.sub(
        r"\s+",
        " ",
        html.unescape(re.sub(r"<style.*?</style>|<script.*?</script>|<[^>]+>", " ", text, flags=re.DOTALL)),
    )
