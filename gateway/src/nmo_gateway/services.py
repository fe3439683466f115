"""The pages' door to the services: ``request.state.services``.

One object per request. It adds the person's short-lived token, the request id and the trace to each call; guests call
without a token. Tokens never reach the browser (GWY-02).
"""

import asyncio
import json as json_module
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Protocol

from nmo_gateway.browser_session.model import Session
from nmo_gateway.service_answers import (
    CLIENT_ERROR,
    Answer,
    Download,
    lower_headers,
    parse_body,
    query_of,
    raise_for,
    read_body,
)
from nmo_gateway.service_errors import ServiceDown
from nmo_gateway.sse import ServerEvent, read_events
from nmo_gateway.upstream_http import Answer as HttpAnswer
from nmo_gateway.upstream_http import CallError
from nmo_gateway.upstreams import STREAM, STREAM_LIFE_S, Deadline, Upstreams

READ = Deadline(total_s=5.0, idle_s=5.0)
WRITE = Deadline(total_s=20.0, idle_s=20.0)
FILE = Deadline(total_s=120.0, idle_s=20.0)
UNAUTHORIZED = 401

# What anybody may read: called without a token, so these pages live on while identity is down.
PUBLIC_READS = (
    "/api/v1/catalog/elements",
    "/api/v1/catalog/organizations",
    "/api/v1/dictionaries/",
    "/api/v1/register/organizations",
    "/api/v1/applications/verify/",
    "/contracts/",
)
# Asked in the gateway's own name, for guests too.
OWN_CALLS = frozenset(
    {
        "/internal/providers",
        "/internal/requests/guest",
        "/internal/requests/guest/read",
        "/internal/requests/guest/reply",
    }
)
# After these the person's state (entry, consent, roles) may be another one.
STATE_CHANGING = (
    "/api/v1/me/consents",
    "/api/v1/me/match/confirm",
    "/api/v1/me/password",
    "/api/v1/me/refresh",
    "/api/v1/me/workplace",
)

OwnToken = Callable[[str], Awaitable[str]]


class PersonAccess(Protocol):
    """What calls on behalf of the current person need: tokens, and re-reading of the session after a change."""

    @property
    def session(self) -> Session | None:
        """The session as it is now; None for guests."""

    async def token(self, service: str) -> str | None:
        """Bearer token for the service; None for guests. Raises ServiceDown("identity"), SessionEnded."""

    def forget_tokens(self) -> None:
        """Drop cached tokens: a service refused one, so identity is asked for a new one."""

    async def refresh(self, reader: "Services", known: Mapping[str, Any] | None = None) -> None:
        """Take the person's new state over (``known``, or read by ``reader``) and give the session a new id."""


class Services:
    """Calls to the services for the current request.

    All calls raise ServiceDown (cannot be reached, too slow, 5xx), ServiceProblem (4xx with its problem) and
    SessionEnded (let it pass: the browser is sent to sign in again).
    """

    def __init__(
        self,
        upstreams: Upstreams,
        person: PersonAccess,
        trace_headers: Mapping[str, str] | Callable[[], Mapping[str, str]],
        own_token: OwnToken | None = None,
    ) -> None:
        """Take what calls of this request need.

        Args:
            upstreams: the services.
            person: on whose behalf.
            trace_headers: the request's ids, or what tells them when a call is made: most requests make none here.
            own_token: gives the gateway's own token for a service, for the few reads it does in its own name.
        """
        self._upstreams = upstreams
        self._person = person
        self._trace_headers = trace_headers
        self._own_token = own_token

    @property
    def session(self) -> Session | None:
        """The session as it is now: after a change of the person's state it is newer than ``request.state.session``."""
        return self._person.session

    async def get(self, service: str, path: str, *, params: Mapping[str, Any] | None = None) -> Any:
        """GET; the parsed JSON. ``params`` with None values are left out, lists are repeated."""
        return (await self.call("GET", service, path, params=params)).json

    async def post(
        self, service: str, path: str, json: Any = None, *, idempotency_key: str | None = None
    ) -> Any:
        """POST of a JSON body; the parsed JSON answer, None when it has no body."""
        return (await self.call("POST", service, path, json=json, idempotency_key=idempotency_key)).json

    async def patch(self, service: str, path: str, json: Any, *, if_match: int | str | None = None) -> Any:
        """PATCH; ``if_match`` is the version number or the ETag the form was made from."""
        return (await self.call("PATCH", service, path, json=json, if_match=if_match)).json

    async def put(self, service: str, path: str, json: Any, *, if_match: int | str | None = None) -> Any:
        """PUT; ``if_match`` as for patch."""
        return (await self.call("PUT", service, path, json=json, if_match=if_match)).json

    async def delete(self, service: str, path: str, *, if_match: int | str | None = None) -> Any:
        """DELETE; None for 204."""
        return (await self.call("DELETE", service, path, if_match=if_match)).json

    async def call(
        self,
        method: str,
        service: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer:
        """Any JSON call with status and header fields of the answer (ETag, Location)."""
        data = None if json is None else json_module.dumps(json, ensure_ascii=False).encode()
        extra: dict[str, str] = {}
        if data is not None:
            extra["Content-Type"] = "application/json"
        if if_match is not None:
            extra["If-Match"] = f'"{if_match}"' if isinstance(if_match, int) else if_match
        if idempotency_key is not None:
            extra["Idempotency-Key"] = idempotency_key
        answer = await self._send_known(method, service, path + query_of(params), extra, data)
        if method != "GET" and path.startswith(STATE_CHANGING) and self.session is not None:
            await self._person.refresh(self, answer.json if isinstance(answer.json, dict) else None)
        return answer

    async def upload(self, service: str, path: str, body: bytes, media_type: str) -> Any:
        """POST of a file as it came; the parsed JSON answer."""
        return (await self._send_known("POST", service, path, {"Content-Type": media_type}, body)).json

    async def _send_known(
        self, method: str, service: str, target: str, extra: Mapping[str, str], data: bytes | None
    ) -> Answer:
        answer = await self._send(method, service, target, extra, data)
        if answer.status == UNAUTHORIZED and self.session is not None:
            # The cached token was refused (keys rotated, rights changed): a fresh one decides.
            self._person.forget_tokens()
            answer = await self._send(method, service, target, extra, data)
        raise_for(service, answer)
        return answer

    async def _send(
        self, method: str, service: str, target: str, extra: Mapping[str, str], data: bytes | None
    ) -> Answer:
        headers = {**await self._headers(method, service, target), **extra}
        deadline = READ if method == "GET" else WRITE
        async with self._upstreams.open(
            service, method, target, headers=headers, data=data, deadline=deadline
        ) as answer:
            body = await read_body(service, answer)
            return Answer(answer.status, lower_headers(answer), parse_body(service, answer, body))

    async def session_changed(self) -> None:
        """Drop cached tokens, read the person again and rotate the session id.

        Calls that change consent or match do it by themselves; call it after anything else that changes roles.
        """
        if self.session is not None:
            await self._person.refresh(self)

    @asynccontextmanager
    async def download(
        self, service: str, path: str, *, params: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Download]:
        """GET of a file; its body is read piece by piece while the context is open."""
        target = path + query_of(params)
        async with self._opened(service, target, {"Accept": "*/*"}, FILE) as answer:
            yield Download(answer.status, lower_headers(answer), answer.pieces())

    async def stream(
        self, service: str, path: str, *, last_event_id: str | None = None
    ) -> AsyncIterator[ServerEvent]:
        """Events of a text/event-stream resource as (event, data, id), until the service or the reader ends it.

        It ends by itself after five minutes: the browser comes back at once and its session is looked at again.
        """
        wanted = {"Accept": "text/event-stream"}
        if last_event_id:
            wanted["Last-Event-ID"] = last_event_id
        async with self._opened(service, path, wanted, STREAM) as answer:
            try:
                events, ends = read_events(answer.pieces()), monotonic() + STREAM_LIFE_S
                while True:
                    async with asyncio.timeout(max(0.0, ends - monotonic())):
                        event = await anext(events)
                    yield event
            except CallError as error:
                raise ServiceDown(service, "unreachable") from error
            except (StopAsyncIteration, TimeoutError):
                return

    @asynccontextmanager
    async def _opened(
        self, service: str, target: str, extra: Mapping[str, str], deadline: Deadline
    ) -> AsyncIterator[HttpAnswer]:
        """A GET whose body is read while the context is open; a refused token is made anew once."""
        last_try = self.session is None
        while True:
            headers = {**await self._headers("GET", service, target), **extra}
            async with self._upstreams.open(
                service, "GET", target, headers=headers, deadline=deadline
            ) as answer:
                if answer.status < CLIENT_ERROR:
                    yield answer
                    return
                body = await read_body(service, answer)
                if answer.status != UNAUTHORIZED or last_try:
                    told = parse_body(service, answer, body)
                    raise_for(service, Answer(answer.status, lower_headers(answer), told))
            self._person.forget_tokens()
            last_try = True

    async def _headers(self, method: str, service: str, path: str) -> dict[str, str]:
        told = self._trace_headers
        headers = {"Accept": "application/json", **(told() if callable(told) else told)}
        if method == "GET" and path.startswith(PUBLIC_READS):
            return headers
        if path in OWN_CALLS and self._own_token is not None:
            token: str | None = await self._own_token(service)
        else:
            token = await self._person.token(service)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return headers
