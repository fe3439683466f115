"""JSON as bytes: Decimal as text with its own digits, times as RFC 3339 UTC."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson


def dumps(value: Any) -> bytes:
    """Serialise; unknown types raise TypeError."""
    return orjson.dumps(value, default=_default, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def loads(value: bytes | str) -> Any:
    """Parse; raises ValueError."""
    return orjson.loads(value)


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(type(value).__name__)
