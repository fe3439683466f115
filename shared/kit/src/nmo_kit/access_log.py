"""The line that each request leaves, and its metrics, at a cost that does not show beside the request's own.

The line is the one that the log chain would write (`nmo_kit.observability`), put together by hand: every value in it is
made here, so there is nothing to search for secrets. Where logs do not go to a plain stream the chain writes it.
"""

import asyncio
import json
import logging
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO

import structlog
from prometheus_client import Counter, Histogram

REQUESTS = Counter("http_requests_total", "Requests answered", ["method", "route", "status"])
DURATION = Histogram(
    "http_request_duration_seconds",
    "Time to the end of the answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
MAX_SERIES = 10_000
logger = structlog.get_logger("http")


class AccessLog:
    """Tells of requests; lines of one turn of the event loop go out together."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._level = logging.getLogger("http")
        self._root = logging.getLogger()
        self._series: dict[tuple[str, str, int], tuple[Any, Any]] = {}
        self._lines: list[str] = []

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count the request and its time."""
        key = method, route, status
        found = self._series.get(key)
        if found is None:
            found = REQUESTS.labels(method, route, str(status)), DURATION.labels(method, route)
            if len(self._series) < MAX_SERIES:
                self._series[key] = found
        found[0].inc()
        found[1].observe(seconds)

    def write(self, method: str, route: str, status: int, seconds: float, trace_id: str) -> None:
        """Write the request's line."""
        if not self._level.isEnabledFor(logging.INFO):
            return
        milliseconds = round(seconds * 1000, 1)
        handlers = self._root.handlers
        if len(handlers) != 1 or type(handlers[0]) is not logging.StreamHandler:
            logger.info("request", method=method, route=route, status=status, duration_ms=milliseconds)
            return
        if not self._lines:
            self._moment = datetime.fromtimestamp(time.time(), UTC).isoformat()[:-6]
            # Kept for one turn of the loop here: the stream may be one that writes each line at once.
            asyncio.get_running_loop().call_soon(self._flush, handlers[0].stream)
        self._lines.append(
            f'{{"method": {_quoted(method)}, "route": {_quoted(route)}, "status": {status}, "duration_ms": {milliseconds}, '
            f'"event": "request", "level": "info", "logger": "http", "timestamp": "{self._moment}Z", '
            f'"service": "{self._service}", "trace_id": "{trace_id}"}}\n',
        )

    def _flush(self, stream: TextIO) -> None:
        lines, self._lines = self._lines, []
        stream.write("".join(lines))
        stream.flush()


@lru_cache(maxsize=1024)
def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
