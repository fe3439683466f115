"""An own HTTP/1.1 client for the services behind the gateway: small, streaming, kept alive (GWY-03, ADR 0013)."""

from nmo_gateway.upstream_http.answer import Answer
from nmo_gateway.upstream_http.faults import (
    BrokenAnswerError,
    CallError,
    SlowAnswerError,
    TooLongError,
    UnreachableError,
)
from nmo_gateway.upstream_http.pool import Pool
from nmo_gateway.upstream_http.request import Request

__all__ = [
    "Answer",
    "BrokenAnswerError",
    "CallError",
    "Pool",
    "Request",
    "SlowAnswerError",
    "TooLongError",
    "UnreachableError",
]
