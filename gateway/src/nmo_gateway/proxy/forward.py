"""Streaming reverse proxy: both bodies flow through, nothing is stored.

Only listed header fields travel on, so a client cannot send what services take for the gateway's word (ASVS 4.1.3).
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import structlog
from multidict import CIMultiDict

from nmo_gateway.asgi import RawHeaders, Receive, Scope, Send, header
from nmo_gateway.edge.context import trace_headers
from nmo_gateway.service_errors import ServiceDown
from nmo_gateway.upstreams import STREAM, STREAM_LIFE_S, Deadline, Upstreams
from nmo_kit import failpoints
from nmo_kit.errors import Problem, Unavailable

logger = structlog.get_logger(__name__)
REQUEST_FIELDS: Final = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"cache-control",
        b"content-encoding",
        b"content-language",
        b"content-length",
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
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
WITHHELD: Final = HOP_BY_HOP | {"server", "date", "set-cookie", "x-trace-id", "x-request-id", "alt-svc"}


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


_KINDS: Final[dict[str, type[Problem]]] = {"timeout": UpstreamSlow, "failed": UpstreamBroken}


def problem_of(down: ServiceDown) -> Problem:
    """The problem that tells a caller which part is down."""
    return _KINDS.get(down.reason, UpstreamDown)(service=down.service)


@dataclass(slots=True)
class _Body:
    """The request's body on its way up; remembers what broke it, for the client library hides that."""

    receive: Receive
    done: asyncio.Event = field(default_factory=asyncio.Event)
    fault: BaseException | None = None
    gone: bool = False

    async def pieces(self) -> AsyncIterator[bytes]:
        try:
            while True:
                message = await self.receive()
                if message["type"] == "http.disconnect":
                    self.gone = True
                    raise ConnectionAbortedError  # noqa: TRY301 remembered below like any fault
                if message.get("body"):
                    yield message["body"]
                if not message.get("more_body", False):
                    break
        except BaseException as error:
            self.fault = error
            raise
        finally:
            self.done.set()

    async def until_gone(self) -> None:
        """Return when the client has left; the body must be through first, for it comes by the same way."""
        await self.done.wait()
        while not self.gone:
            self.gone = (await self.receive())["type"] == "http.disconnect"


@dataclass(frozen=True, slots=True)
class Forward:
    """One request to pass on."""

    service: str
    raw_target: str
    authorization: str | None
    deadline: Deadline


class Forwarder:
    """Passes requests on to services."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams

    async def __call__(self, scope: Scope, receive: Receive, send: Send, forward: Forward) -> None:
        """Pass one request on and its answer back; a client that leaves cancels the call.

        Raises:
            ServiceDown: before anything was sent to the client.
        """
        body = _Body(receive)
        has_body = header(scope, b"content-length") not in {None, "0"} or header(scope, b"transfer-encoding")
        if not has_body:
            body.done.set()
        passing = asyncio.create_task(self._pass(scope, send, forward, body if has_body else None))
        watching = asyncio.create_task(body.until_gone())
        try:
            await asyncio.wait({passing, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not passing.done():
                passing.cancel()
            await passing
        except asyncio.CancelledError:
            if not body.gone:
                raise
        except ServiceDown:
            if body.fault is not None and not body.gone:
                raise body.fault from None
            if not body.gone:
                raise
        finally:
            for task in (passing, watching):
                task.cancel()
            await asyncio.gather(passing, watching, return_exceptions=True)

    async def _pass(self, scope: Scope, send: Send, forward: Forward, body: _Body | None) -> None:
        async with self._upstreams.open(
            forward.service,
            scope["method"],
            forward.raw_target,
            headers=_request_headers(scope, forward.authorization),
            data=None if body is None else body.pieces(),
            deadline=forward.deadline,
        ) as answer:
            # The service has done its work, and the client does not know it yet.
            await failpoints.hit("gateway.forward.answered")
            await send(
                {"type": "http.response.start", "status": answer.status, "headers": _answer_headers(answer)}
            )
            try:
                async with asyncio.timeout(STREAM_LIFE_S if forward.deadline is STREAM else None):
                    async for piece in answer.content.iter_any():
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
            except TimeoutError:
                if forward.deadline is not STREAM:
                    logger.warning("answer_broken", service=forward.service, error="timeout")
                    return
            except aiohttp.ClientError as error:
                # The head is out: an unfinished body is the only way left to say that it is not whole.
                logger.warning("answer_broken", service=forward.service, error=type(error).__name__)
                return
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _request_headers(scope: Scope, authorization: str | None) -> CIMultiDict[str]:
    headers: CIMultiDict[str] = CIMultiDict()
    for name, value in scope["headers"]:
        if name in REQUEST_FIELDS:
            headers.add(name.decode("latin-1"), value.decode("latin-1"))
    if authorization is not None:
        headers["Authorization"] = authorization
    headers.update(trace_headers())
    return headers


def _answer_headers(answer: aiohttp.ClientResponse) -> RawHeaders:
    named = {part.strip().lower() for part in answer.headers.get("Connection", "").split(",")}
    return [
        (name.lower(), value)
        for name, value in answer.raw_headers
        if (text := name.decode("latin-1").lower()) not in WITHHELD and text not in named
    ]
