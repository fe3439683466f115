"""Logs, traces and metrics of a process by one call (architecture decision 16)."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, MutableMapping
from typing import Any, Final

import structlog
from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nmo_kit import context
from nmo_kit.access_log import AccessLog
from nmo_kit.redaction import redact
from nmo_kit.settings import ServiceSettings
from nmo_kit.spans import CleanExporter

TELEMETRY: Final[TelemetryConfig] = {
    "operation_spans": False,
    "auto_configure": False,
    "metrics": False,
    "logs": False,
}
"""The framework's own request span only; metrics and logs come from the middleware below."""


def set_up(service: str, settings: ServiceSettings, engines: Iterable[AsyncEngine] = ()) -> None:
    """Configure logging, tracing and SQL spans of this process; safe to call again."""
    _set_up_logging(service, settings.log_level)
    _set_up_tracing(service, settings)
    if settings.otlp_endpoint:
        SQLAlchemyInstrumentor().instrument(engines=[engine.sync_engine for engine in engines])


def _set_up_tracing(service: str, settings: ServiceSettings) -> None:
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return
    # Without an exporter nothing is recorded, yet ids still travel and name errors.
    ratio = settings.trace_ratio if settings.otlp_endpoint else 0.0
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(ratio)),
        resource=Resource.create({"service.name": f"nmo-{service}"}),
    )
    if settings.otlp_endpoint:
        exporter = CleanExporter(OTLPSpanExporter(endpoint=settings.otlp_endpoint))
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def _set_up_logging(service: str, level: str) -> None:
    def add_service(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        event.setdefault("trace_id", context.trace_id())
        return event

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in ("aio_pika", "aiormq", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


class RequestMiddleware:
    """Pure ASGI: binds the request's context, counts and times it, writes one line. No query string is written."""

    QUIET: Final = frozenset({"/livez", "/readyz", "/metrics"})

    def __init__(self, app: ASGIApp, *, service: str) -> None:
        """Wrap the application of the service."""
        self._app = app
        self._log = AccessLog(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        context.request_id.set(_short(headers.get(b"x-request-id", b"")))
        context.ip_prefix.set(_short(headers.get(b"x-client-network", b"")))
        started = time.perf_counter()
        status = 500

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                trace_id = context.trace_id()
                message["headers"] = [*message.get("headers", ()), (b"x-trace-id", trace_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        finally:
            self._tell(scope, status, time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "unmatched"
        method = str(scope["method"])
        self._log.count(method, route, status, seconds)
        if scope["path"] not in self.QUIET:
            self._log.write(method, route, status, seconds, context.trace_id())


def _short(value: bytes) -> str:
    """A header of ours as text; anything odd is dropped rather than written to a log."""
    text = value.decode("latin-1")[:64]
    return text if all(char.isalnum() or char in "-_.:/" for char in text) else ""
