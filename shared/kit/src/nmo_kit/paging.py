"""Keyset pages: an opaque cursor and the shape of a list answer."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel

from nmo_kit.errors import FieldError, FieldProblem

Item = TypeVar("Item")
MAX_CURSOR = 2048


class Page(BaseModel, Generic[Item]):
    """One page; `next_cursor` is null on the last."""

    items: list[Item]
    next_cursor: str | None


def encode_cursor(position: dict[str, Any]) -> str:
    """Position of the last row as opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps(position, default=str)).decode().rstrip("=")


def decode_cursor(cursor: str) -> dict[str, Any]:
    """What `encode_cursor` took.

    Raises:
        FieldProblem: the text is no cursor of ours.
    """
    try:
        value = orjson.loads(base64.urlsafe_b64decode(cursor[:MAX_CURSOR] + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        value = None
    if not isinstance(value, dict):
        raise stale_cursor()
    return value


def stale_cursor() -> FieldProblem:
    """What to raise for a text that is no cursor of the list."""
    message = "Ссылка на страницу списка устарела. Откройте список заново"
    return FieldProblem([FieldError(pointer="/cursor", code="cursor", message=message)])
