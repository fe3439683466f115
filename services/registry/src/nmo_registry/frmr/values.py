"""Values of the register's JSON, whatever came: texts, lists, days, rates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

Raw = Mapping[str, Any]
LONGEST_TEXT = 2000
LONGEST_CODE = 64
MOST_ITEMS = 500
MOST_RATE = Decimal(1000)
NUMBER = re.compile(r"[0-9A-Za-z.]{1,64}")
"""A number of a person or an organisation in the register."""
_NUMBER_IN = re.compile(rb'"oid"\s*:\s*"([0-9A-Za-z.]{1,64})"')


class CardUnreadableError(ValueError):
    """The card lacks what a record cannot do without; the message names the field, never its value."""


def number_in(raw: bytes) -> str:
    """The first number of a card or line that is no JSON; empty when there is none."""
    found = _NUMBER_IN.search(raw)
    return found[1].decode() if found else ""


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
    elif value is None or (type(value) is not int and isinstance(value, dict | list | bool)):
        return ""
    else:
        text = str(value).strip()
    if "\x00" in text:
        # No name has it, and the database takes none.
        text = text.replace("\x00", "").strip()
    if len(text) > LONGEST_TEXT:
        raise CardUnreadableError("too long")
    return text


def code_in(value: Any) -> str | None:
    """The code of a value that is known by its name; what can be no code is none, and takes the value not along."""
    if type(value) is int:
        return str(value)
    code = value.strip() if type(value) is str else ""
    return code if 0 < len(code) <= LONGEST_CODE and code.isprintable() else None


def map_in(value: Any) -> Raw:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def item_in(value: Any) -> Raw:
    """An item of a list, which must be an object. Raises CardUnreadableError."""
    if not isinstance(value, dict):
        raise CardUnreadableError("item")
    return value


def list_in(raw: Raw, field: str) -> list[Any]:
    """The items of a list, whatever they are; empty for a list that is not there.

    Raises CardUnreadableError for what is no list, which is not the same as an empty one, and for more than anybody has.
    """
    value = raw.get(field)
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise CardUnreadableError(field)
    return value


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
