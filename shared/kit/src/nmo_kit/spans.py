"""Spans by allow-list, as logs are: addresses, query strings and texts of errors carry what people sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

ALLOWED_ATTRIBUTES: Final = frozenset(
    {
        "http.request.method", "http.response.status_code", "http.route", "network.protocol.version", "url.scheme",
        "server.address", "server.port", "error.type", "exception.type", "code.function.name",
        "db.system", "db.system.name", "db.name", "db.namespace", "db.statement", "db.query.text", "db.operation.name",
    }
)  # fmt: skip
"""Statements have placeholders where values were."""


def clean(span: ReadableSpan) -> ReadableSpan:
    """The span without attributes that are not known to be safe and without the words of errors."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_allowed(span.attributes),
        events=[Event(event.name, _allowed(event.attributes), event.timestamp) for event in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _allowed(attributes: object) -> dict[str, str | bool | int | float]:
    found = dict(attributes or {})  # type: ignore[call-overload]
    return {name: value for name, value in found.items() if name in ALLOWED_ATTRIBUTES}


class CleanExporter(SpanExporter):
    """Cleans spans before another exporter sends them."""

    def __init__(self, inner: SpanExporter) -> None:
        """`inner` sends."""
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send the cleaned spans."""
        return self._inner.export([clean(span) for span in spans])

    def shutdown(self) -> None:
        """Stop the inner exporter."""
        self._inner.shutdown()
