"""Outermost layer: every request gets an id, a trace of our own, one log line and its metrics (GWY-01)."""

import time
from uuid import uuid4

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode

from nmo_gateway.asgi import App, Message, RawHeaders, Receive, Scope, Send, state
from nmo_gateway.limits.address import AddressBook, network_prefix
from nmo_kit import context
from nmo_kit.observability import DURATION, REQUESTS

logger = structlog.get_logger("http")
QUIET = frozenset({"/livez", "/readyz", "/metrics"})
SERVER_ERROR = 500


class RequestContext:
    """Sets ``request.state.client_address`` and the trace; answers carry ``X-Request-ID`` and ``X-Trace-ID``.

    What the client calls its request or trace is not taken over: the reference code people quote must be ours alone.
    """

    def __init__(self, app: App, addresses: AddressBook) -> None:
        self._app = app
        self._addresses = addresses
        self._tracer = trace.get_tracer("nmo_gateway")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        address = self._addresses.address_of(scope)
        request_id = uuid4().hex
        context.request_id.set(request_id)
        context.ip_prefix.set(network_prefix(address))
        state(scope)["client_address"] = address
        started, status = time.perf_counter(), SERVER_ERROR

        with self._tracer.start_as_current_span(
            f"{scope['method']}", context=Context(), kind=SpanKind.SERVER
        ) as span:
            trace_id = context.trace_id()

            async def send_with_ids(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = int(message["status"])
                    own = [(b"x-request-id", request_id.encode()), (b"x-trace-id", trace_id.encode())]
                    message["headers"] = [*message.get("headers", ()), *own]
                await send(message)

            try:
                await self._app(scope, receive, send_with_ids)
            finally:
                route = route_of(scope)
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.response.status_code", status)
                if status >= SERVER_ERROR:
                    span.set_status(StatusCode.ERROR)
                _tell(scope, route, status, time.perf_counter() - started)


def route_of(scope: Scope) -> str:
    """Pattern of the address, never the address itself: ids stay out of metrics and logs."""
    label = state(scope).get("route_label")
    return str(label or getattr(scope.get("route"), "path", None) or "unmatched")


def trace_fields() -> RawHeaders:
    """What calls on behalf of the request in hand carry: its id, its trace (W3C), the caller's network."""
    fields = [
        (b"x-request-id", context.request_id.get().encode("ascii")),
        (b"x-client-network", context.ip_prefix.get().encode("ascii")),
    ]
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        parent = f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"
        fields.append((b"traceparent", parent.encode("ascii")))
    return fields


def trace_headers() -> dict[str, str]:
    """The same as text."""
    return {name.decode("ascii"): value.decode("ascii") for name, value in trace_fields()}


def _tell(scope: Scope, route: str, status: int, seconds: float) -> None:
    method = str(scope["method"])
    method = method if method.isalpha() and len(method) < 8 else "OTHER"  # noqa: PLR2004 no longer one is known
    REQUESTS.labels(method, route, str(status)).inc()
    DURATION.labels(method, route).observe(seconds)
    if scope["path"] not in QUIET:
        logger.info(
            "request", method=method, route=route, status=status, duration_ms=round(seconds * 1000, 1)
        )
