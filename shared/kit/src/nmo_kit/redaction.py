"""Logs by allow-list: a key that is not known to be safe is not written, and values are searched all the same."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any, Final

ALLOWED_KEYS: Final = frozenset(
    {
        "event", "level", "logger", "timestamp", "service", "trace_id", "span_id", "request_id", "exception",
        "action", "attempt", "attempts", "audience", "batch", "client_id", "code", "component", "consumer", "count",
        "cursor", "detail_code", "duration_ms", "element_id", "application_id", "cycle_id", "entry", "error",
        "event_id", "event_type", "failpoint", "handler", "job", "kind", "lane", "message_id", "method", "name",
        "organization_id", "outcome", "partner", "path", "pending", "percent", "person_id", "port", "position",
        "provider", "purpose", "queue", "reason", "result", "revision", "role", "route", "routing_key", "seconds",
        "sid_hash", "specialist_id", "stage", "state", "status", "subject", "subscription_id", "task", "timer", "total",
        "type", "upstream", "version", "way",
    }
)  # fmt: skip
_REDACTED = "[redacted]"
_MAX_VALUE = 500
_SNILS = re.compile(r"(?<![\w-])\d{3}[- ]?\d{3}[- ]?\d{3}[- ]?\d{2}(?![\w-])")
_DETECTORS: Final = (
    _SNILS,
    re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"),
    re.compile(r"(?<![\w-])\+?[78][ (-]*\d{3}[ )-]*\d{3}[ -]?\d{2}[ -]?\d{2}(?![\w-])"),
    re.compile(r"eyJ[A-Za-z0-9_-]{8,}[A-Za-z0-9_.-]*"),
    re.compile(r"(?i)(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"://[^/\s:@]+:[^/\s@]+@"),
    # Whole values, by which libraries say what they stumbled over: a row of PostgreSQL, an input of a model. Names of
    # people look like any other words, so only the place tells.
    re.compile(r"(?s)DETAIL:.*?(?=\n\[SQL|\n\(Background|\n\nThe above|\n\nDuring|\nTraceback|\Z)"),
    re.compile(r"(?s)input_value=.*?(?=, input_type=|\Z)"),
    re.compile(r"'input': .*"),
)


def scrub(text: str) -> str:
    """The text without what looks like СНИЛС, an address, a phone, a token, a password, or a value someone sent."""
    for detector in _DETECTORS:
        text = detector.sub(_REDACTED, text)
    return text


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: drop unknown keys (their names are told), scrub the values of known ones."""
    dropped = []
    for key in list(event):
        if key.startswith("_"):
            continue
        if key not in ALLOWED_KEYS:
            dropped.append(key)
            del event[key]
        elif isinstance(event[key], str):
            limit = 8000 if key == "exception" else _MAX_VALUE
            event[key] = scrub(event[key][:limit])
        elif not isinstance(event[key], bool | int | float | type(None)):
            event[key] = scrub(str(event[key])[:_MAX_VALUE])
    if dropped:
        event["dropped_keys"] = sorted(dropped)
    return event
