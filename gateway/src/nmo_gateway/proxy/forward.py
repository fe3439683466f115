"""Streaming reverse proxy: both bodies flow through, nothing is stored.

Only listed header fields travel on, so a client cannot send what services take for the gateway's word (ASVS 4.1.3).
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

import structlog

from nmo_gateway.asgi import RawHeaders, Receive, Scope, Send, has_body, header
from nmo_gateway.edge.context import trace_fields
from nmo_gateway.service_errors import ServiceDown
from nmo_gateway.upstream_http import Answer, CallError, Request
from nmo_gateway.upstreams import STREAM, STREAM_LIFE_S, Deadline, Upstreams
from nmo_kit import failpoints
from nmo_kit.errors import Problem, Unavailable, retry_after

logger = structlog.get_logger(__name__)
REQUEST_FIELDS: Final = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"cache-control",
        b"content-encoding",
        b"content-language",
        b"content-type",
        b"dpop",
        b"idempotency-key",
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-range",
        b"if-unmodified-since",
        b"last-event-id",
        b"prefer",
        b"range",
        b"user-agent",
    }
)
HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
WITHHELD: Final = HOP_BY_HOP | {b"server", b"date", b"set-cookie", b"x-trace-id", b"x-request-id", b"alt-svc"}
WITHOUT_BODY: Final = frozenset({204, 304})
WATCH_AFTER_S: Final = 0.25


class UpstreamDown(Unavailable):
    """The part behind the address cannot be reached or has no place left; ``service`` names it."""

    code, title = "service_unavailable", "Часть портала не отвечает"
    detail = "Часть портала сейчас не отвечает. Повторите через минуту."


class UpstreamBroken(Problem):
    """The part behind the address answered something that is no answer."""

    status, code, title = 502, "service_broken", "Часть портала не отвечает"
    detail = "Часть портала ответила с ошибкой. Повторите через минуту."


class UpstreamSlow(Problem):
    """The part behind the address did not answer in time."""

    status, code, title = 504, "service_slow", "Часть портала не отвечает"
    detail = "Часть портала не ответила вовремя. Повторите через минуту."


RETRY_S: Final = 5.0
_KINDS: Final[dict[str, type[Problem]]] = {"timeout": UpstreamSlow, "failed": UpstreamBroken}


def problem_of(down: ServiceDown) -> Problem:
    """The problem that tells a caller which part is down, and when to come again."""
    return _KINDS.get(down.reason, UpstreamDown)(service=down.service, headers=retry_after(RETRY_S))


class _Client:
    """The client's side of a request: its body on the way up, and whether it is still there."""

    __slots__ = ("_receive", "_task", "_through", "_watching", "gone")

    def __init__(self, receive: Receive, task: "asyncio.Task[object] | None") -> None:
        self._receive = receive
        self._task = task
        self._through: asyncio.Event | None = None
        self._watching: asyncio.Task[None] | None = None
        self.gone = False

    def body(self) -> AsyncGenerator[bytes, None]:
        """Pieces of the request's body. Raises ConnectionAbortedError when the client leaves in the middle.

        From now on nobody else may receive: the call may wait for a place before it takes the first piece.
        """
        self._through = asyncio.Event()
        return self._pieces(self._through)

    async def _pieces(self, through: asyncio.Event) -> AsyncGenerator[bytes, None]:
        try:
            while True:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    self.gone = True
                    raise ConnectionAbortedError
                if message.get("body"):
                    yield message["body"]
                if not message.get("more_body", False):
                    return
        finally:
            through.set()

    def watch(self) -> None:
        """Cancel the request when the client leaves."""
        if self._watching is None:
            self._watching = asyncio.create_task(self._until_gone())

    async def _until_gone(self) -> None:
        if self._through is not None:
            # The body comes by the same way.
            await self._through.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        if self._task is not None:
            self._task.cancel()

    @property
    def is_watched(self) -> bool:
        """Whether somebody looks out for its leaving."""
        return self._watching is not None

    async def leave(self) -> None:
        """Stop watching."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    def cancelled_by_it(self) -> bool:
        """Whether a cancellation that arrived was ours; then it is taken back."""
        if self.gone and self._task is not None:
            self._task.uncancel()
        return self.gone


@dataclass(slots=True)
class Forward:
    """One request to pass on."""

    service: str
    raw_target: bytes
    authorization: bytes | None
    deadline: Deadline


class Forwarder:
    """Passes requests on to services."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams
        self._clients: set[_Client] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send, forward: Forward) -> None:
        """Pass one request on and its answer back; a client that leaves cancels the call.

        Raises:
            ServiceDown: before anything was sent to the client.
        """
        client = _Client(receive, asyncio.current_task())
        self._clients.add(client)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WATCH_AFTER_S, self._watch)
        try:
            await self._pass(_request(scope, client, forward), send, forward)
        except asyncio.CancelledError:
            if not client.cancelled_by_it():
                raise
        except ConnectionAbortedError:
            if not client.gone:
                raise
        finally:
            self._clients.discard(client)
            if client.is_watched:
                await client.leave()

    def _watch(self) -> None:
        """Look out for the clients of calls that last; most are over before it is worth a look."""
        self._timer = None
        for client in self._clients:
            client.watch()

    async def _pass(self, request: Request, send: Send, forward: Forward) -> None:
        call = await self._upstreams.call(forward.service, request, forward.deadline)
        answer = call.answer
        try:
            # The service has done its work, and the client does not know it yet.
            await failpoints.hit("gateway.forward.answered")
            await send(
                {"type": "http.response.start", "status": answer.status, "headers": _answer_headers(answer)}
            )
            if forward.deadline is STREAM:
                await _pass_stream(answer, send)
            else:
                await _pass_body(answer, send)
        except CallError as error:
            # The head is out: an unfinished body is the only way left to say that it is not whole.
            logger.warning("answer_broken", service=forward.service, error=type(error).__name__)
        finally:
            call.close()


async def _pass_body(answer: Answer, send: Send) -> None:
    while True:
        piece = await answer.take()
        if answer.finished:
            await send({"type": "http.response.body", "body": piece, "more_body": False})
            return
        await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _pass_stream(answer: Answer, send: Send) -> None:
    """An endless answer ends well after its time."""
    life = asyncio.timeout(STREAM_LIFE_S)
    try:
        async with life:
            await _pass_body(answer, send)
    except TimeoutError:
        if not life.expired():
            raise
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _request(scope: Scope, client: _Client, forward: Forward) -> Request:
    fields = [field for field in scope["headers"] if field[0] in REQUEST_FIELDS]
    if forward.authorization is not None:
        fields.append((b"authorization", forward.authorization))
    fields += trace_fields()
    if not has_body(scope):
        return Request(scope["method"], forward.raw_target, fields)
    length = header(scope, b"content-length")
    known = int(length) if length is not None else None
    return Request(scope["method"], forward.raw_target, fields, client.body(), known)


def _answer_headers(answer: Answer) -> RawHeaders:
    withheld = WITHHELD
    for name, value in answer.headers:
        if name == b"connection":
            withheld = withheld | {part.strip().lower() for part in value.split(b",")}
    if answer.status in WITHOUT_BODY:
        withheld = withheld | {b"content-length"}
    return [field for field in answer.headers if field[0] not in withheld]
