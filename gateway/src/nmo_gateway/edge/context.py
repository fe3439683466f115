"""Outermost layer: every request gets an id, a trace of our own, one log line and its metrics (GWY-01)."""

import time
from collections.abc import Awaitable
from contextvars import ContextVar
from random import getrandbits
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context, attach
from opentelemetry.trace import Span, SpanKind, StatusCode

from nmo_gateway.asgi import App, Message, Receive, Scope, Send
from nmo_gateway.limits.address import AddressBook, network_prefix
from nmo_kit import context
from nmo_kit.access_log import AccessLog

NO_PARENT: Final = Context()
"""A trace of our own: what the client says of its trace is not taken over."""
UNTRACED: Final = "00-%s-%016x-00"
"""W3C, version 00: a trace that nobody records."""
MAX_METHOD: Final = 8
"""No known method is longer; others would only swell the metrics."""
QUIET = frozenset({"/livez", "/readyz", "/metrics"})
SERVER_ERROR = 500
_outgoing: ContextVar[tuple[tuple[bytes, bytes], ...]] = ContextVar("outgoing", default=())
"""Id, network and trace of the request in hand, as calls on behalf of it carry them."""


class RequestContext:
    """Sets ``request.state.client_address`` and the trace; answers carry ``X-Request-ID`` and ``X-Trace-ID``.

    What the client calls its request or trace is not taken over: the reference code people quote must be ours alone.
    """

    def __init__(self, app: App, addresses: AddressBook, *, traced: bool) -> None:
        """``traced``: spans go somewhere. Else none is made, yet ids still travel and name errors."""
        self._app = app
        self._traced = traced
        self._addresses = addresses
        self._tracer = trace.get_tracer("nmo_gateway")
        self._log = AccessLog("gateway")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        address = self._addresses.address_of(scope)
        # An id, not a secret: it need not come from the system's entropy.
        request_id = getrandbits(128).to_bytes(16).hex()
        context.request_id.set(request_id)
        network = network_prefix(address)
        context.ip_prefix.set(network)
        # Starlette shows it as ``request.state``; every layer within relies on its being there.
        request_state = scope.setdefault("state", {})
        request_state["client_address"] = address
        span = self._span(scope) if self._traced else None
        # Without a span the request's id names its trace too, here as in `nmo_kit.context.trace_id`.
        trace_id, parent = (
            (request_id, UNTRACED % (request_id, getrandbits(64) or 1)) if span is None else _ids(span)
        )
        raw_id = request_id.encode()
        _outgoing.set(
            (
                (b"x-request-id", raw_id),
                (b"x-client-network", network.encode()),
                (b"traceparent", parent.encode()),
            )
        )
        own = [(b"x-request-id", raw_id), (b"x-trace-id", trace_id.encode())]
        status = SERVER_ERROR

        def send_with_ids(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                request_state["answer_started"] = True
                status = int(message["status"])
                message["headers"] = [*message.get("headers", ()), *own]
            return send(message)

        try:
            await self._app(scope, receive, send_with_ids)
        except Exception as error:
            if span is not None:
                span.record_exception(error)
            raise
        finally:
            self._tell(scope, span, status, time.perf_counter() - started, trace_id)

    def _span(self, scope: Scope) -> Span:
        span = self._tracer.start_span(scope["method"], context=NO_PARENT, kind=SpanKind.SERVER)
        # Never detached: the server gives each request a task of its own, whose context ends with it.
        attach(trace.set_span_in_context(span, NO_PARENT))
        return span

    def _tell(self, scope: Scope, span: Span | None, status: int, seconds: float, trace_id: str) -> None:
        route = route_of(scope)
        method = str(scope["method"])
        method = method if method.isalpha() and len(method) < MAX_METHOD else "OTHER"
        if span is not None:
            span.update_name(f"{method} {route}")
            span.set_attribute("http.response.status_code", status)
            if status >= SERVER_ERROR:
                span.set_status(StatusCode.ERROR)
            span.end()
        self._log.count(method, route, status, seconds)
        if scope["path"] not in QUIET:
            self._log.write(method, route, status, seconds, trace_id)


def route_of(scope: Scope) -> str:
    """Pattern of the address, never the address itself: ids stay out of metrics and logs."""
    label = scope["state"].get("route_label")
    return str(label or getattr(scope.get("route"), "path", None) or "unmatched")


def _ids(span: Span) -> tuple[str, str]:
    """Id of the span's trace, and the span as calls below it name it (W3C)."""
    ids = span.get_span_context()
    trace_id = f"{ids.trace_id:032x}"
    return trace_id, f"00-{trace_id}-{ids.span_id:016x}-{ids.trace_flags:02x}"


def trace_fields() -> tuple[tuple[bytes, bytes], ...]:
    """What calls on behalf of the request in hand carry: its id, its trace (W3C), the caller's network."""
    return _outgoing.get()


def trace_headers() -> dict[str, str]:
    """The same as text."""
    return {name.decode("ascii"): value.decode("ascii") for name, value in trace_fields()}
