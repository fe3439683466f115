"""Patient clients that write down every call, repeat some writes under the same key, and sign in again when they must."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

from nmo_local import system
from nmo_local.demo.browser import UnexpectedAnswerError
from tests.chaos.history import Call, History
from tests.e2e.visitor import AWAY, AwayError, Visitor

UNAUTHORIZED = 401
CONFLICT = 409
STEP_UP = "'code': 'step_up_required'"
"""What a session is told that was opened more than five minutes ago."""
OLD_PAGE = "'code': 'csrf_refused'"
TELL_SECRETS = frozenset({"/api/v1/admin/partners"})
REPEATED = 0.15
"""Share of writes that are sent once more after their answer came."""


class Client(Visitor):
    """A visitor whose calls are evidence."""

    patience_s = 3600.0
    """Longer than the run: who does not arrive in the time after its last fault is told by the run itself."""
    longest_pause_s = 15.0
    """Two hundred who press the button every two seconds would be all that the machine is busy with."""

    def __init__(self, person: str, history: History, journey: str, dice: Random) -> None:
        """`journey` names whose way the calls belong to."""
        super().__init__(person)
        self._history = history
        self._journey = journey
        self._dice = dice
        self._entering = asyncio.Lock()
        self._opened = 0
        """Sessions opened anew so far."""

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Call the API, and write down what came of it."""
        with self._call(method, path, headers.get("Idempotency-Key")) as call:
            call.status, parsed = await super().ask(method, path, body, **headers)
            if isinstance(parsed, dict) and call.status >= 400:
                call.code, call.trace = parsed.get("code"), parsed.get("trace_id")
        return call.status, parsed

    async def hop(self, target: str, form: dict[str, str] | None = None) -> tuple[int, str | None]:
        """One request of a navigation; those to the portal are written down."""
        with self._call("POST" if form else "GET", urlsplit(target).path) as call:
            call.status, location = await super().hop(target, form)
        return call.status, location

    async def sign_in(self) -> tuple[str, str]:
        """A sign-in that a fault broke off shows a page of the portal's; the person begins again."""
        try:
            return await super().sign_in()
        except UnexpectedAnswerError as error:
            raise AwayError(str(error)) from error

    async def post(self, path: str, body: Any) -> Any:
        """Write under one key. Some are repeated under it, and must be answered as the first time.

        Raises:
            UnexpectedAnswerError: the repetition was answered with other ids.
        """
        headers = {"Idempotency-Key": str(uuid4())}
        answer = await self._persist("POST", path, body, **headers)
        # A secret is told once: its route answers a repetition with a refusal instead.
        if path not in TELL_SECRETS and self._dice.random() < REPEATED:
            again = await self._persist("POST", path, body, **headers)
            if _ids(answer).items() - _ids(again).items():
                raise UnexpectedAnswerError(f"POST {path} under one key answered {answer} and then {again}")
            self._history.counts["repeated writes"] += 1
        return answer

    async def delete(self, path: str) -> None:
        """Delete; a repetition that comes after its own success is told that it is done already."""
        try:
            await self._persist("DELETE", path, None)
        except UnexpectedAnswerError as error:
            if error.status != CONFLICT or not (await self.get(path))["deleted"]:
                raise

    async def withdraw_consent(self) -> None:
        """Take the consent back. Repeating it does no harm."""
        await self._persist("DELETE", "/api/v1/me/consents", None)

    async def _persist(self, method: str, path: str, body: Any, **headers: str) -> Any:
        """As a visitor does; a session that is over, or too old for what is asked, is opened anew."""
        for _ in range(10):
            seen = self._opened
            try:
                return await super()._persist(method, path, body, **headers)
            except UnexpectedAnswerError as error:
                if OLD_PAGE in str(error):
                    await self._read_anew()
                    continue
                old = STEP_UP in str(error)
                if error.status != UNAUTHORIZED and not old:
                    raise
            await self._enter_again(path, seen, afresh=old)
        raise UnexpectedAnswerError(f"{method} {path}: signed in ten times and still refused", UNAUTHORIZED)

    async def _read_anew(self) -> None:
        """The session was opened anew by another call of the same person: its page has another token."""
        async with self._entering:
            await self.page("/cabinet")

    async def _enter_again(self, path: str, seen: int, *, afresh: bool = False) -> None:
        """Open a session, unless another call has done so since the one that was `seen`."""

        async def inside() -> None:
            status, _ = await self.ask("GET", "/api/v1/me")
            if status in AWAY:
                raise AwayError(f"nobody tells whether the session lives: {status}")
            if status == UNAUTHORIZED:
                await self.sign_in_patiently()

        async with self._entering:
            if self._opened != seen:
                return
            if afresh:
                self._client.cookie_jar.clear()
            await self._patiently(inside)
            self._opened += 1
        self._history.counts[f"signed in again for {path.split('/')[3]}"] += 1

    async def sign_in_patiently(self) -> None:
        """Sign in, as often as it takes."""

        async def once() -> None:
            await self.sign_in()
            status, _ = await self.ask("GET", "/api/v1/me")
            if status != 200:
                raise AwayError(f"the sign-in came to nothing: {status}")

        await self._patiently(once)

    async def document(self, path: str) -> bytes:
        """A file, whole."""

        async def once() -> bytes:
            with self._call("GET", path) as call:
                async with self._client.get(urljoin(system.PUBLIC_URL, path)) as answer:
                    body = await answer.read()
                    call.status = answer.status
                    if answer.content_type == "application/problem+json":
                        told = await answer.json(content_type=None)
                        call.code, call.trace = told.get("code"), told.get("trace_id")
            if call.status in AWAY:
                raise AwayError(f"{path} answered {call.status}")
            if call.status != 200:
                raise UnexpectedAnswerError(f"{path} answered {call.status}: {body[:200]!r}", call.status)
            return body

        try:
            return await self._patiently(once)
        except UnexpectedAnswerError as error:
            if error.status != UNAUTHORIZED:
                raise
        await self._enter_again(path, self._opened)
        return await self._patiently(once)

    def _call(self, method: str, path: str, key: str | None = None) -> Call:
        return Call(
            self._history, journey=self._journey, actor=self.person, method=method, path=path, key=key
        )


def _ids(answer: Any) -> dict[str, Any]:
    """What a repeated write must answer the same; an id that was not known yet may be known by then."""
    if not isinstance(answer, dict):
        return {}
    return {name: value for name, value in answer.items() if name.endswith("_id") and value is not None}
