"""What is true for the request or message in hand, for logs, journal and errors."""

from __future__ import annotations

from contextvars import ContextVar

from opentelemetry import trace

ip_prefix: ContextVar[str] = ContextVar("ip_prefix", default="")
"""Network of the caller as the gateway told it (/24 or /64), never the whole address."""
request_id: ContextVar[str] = ContextVar("request_id", default="")


def trace_id() -> str:
    """Id of the trace in hand, 32 hexadecimal digits: the reference code people quote to support."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.trace_id else request_id.get()
