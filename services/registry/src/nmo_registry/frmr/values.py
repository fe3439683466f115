"""Values of the register's JSON, whatever came: texts, lists, days, rates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

Raw = Mapping[str, Any]
LONGEST_TEXT = 2000
MOST_ITEMS = 500
MOST_RATE = Decimal(1000)


class CardUnreadableError(ValueError):
    """The card lacks what a record cannot do without; the message names the field, never its value."""


def required_in(raw: Raw, field: str) -> str:
    """The text of a field that must be there. Raises CardUnreadableError naming the field."""
    value = text_in(raw.get(field))
    if not value:
        raise CardUnreadableError(field)
    return value


def text_in(value: Any) -> str:
    """The value as text, trimmed; empty for what is none. Raises CardUnreadableError for a text too long for any field."""
    if type(value) is str:
        text = value.strip()
    elif value is None or isinstance(value, dict | list | bool):
        return ""
    else:
        text = str(value).strip()
    if "\x00" in text:
        # No name has it, and the database takes none.
        text = text.replace("\x00", "").strip()
    if len(text) > LONGEST_TEXT:
        raise CardUnreadableError("too long")
    return text


def map_in(value: Any) -> Raw:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_in(raw: Raw, field: str) -> list[Raw]:
    """The objects of a list; empty for what is none. Raises CardUnreadableError for more than anybody has."""
    value = raw.get(field)
    if not value or not isinstance(value, list):
        return []
    if len(value) > MOST_ITEMS:
        raise CardUnreadableError(field)
    return [item for item in value if isinstance(item, dict)]


def day_in(value: Any) -> date | None:
    """Take the date part of a time with a zone, as the register means it."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def rate_in(value: Any) -> Decimal:
    """Share of a full job; what is no such number is none."""
    try:
        rate = Decimal(str(value or "0")).quantize(Decimal("0.01"))
    except InvalidOperation:
        return Decimal("0.00")
    return rate if rate.is_finite() and abs(rate) < MOST_RATE else Decimal("0.00")
