"""The one clock. Shiftable outside production, so that five-year rules can be shown in seconds.

In SQL its twin is `app_now()`, shifted by the session setting `app.clock_offset`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

MOSCOW = ZoneInfo("Europe/Moscow")
_offset = timedelta(0)


def _as_written(value: object) -> object:
    if isinstance(value, date) or (
        isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)
    ):
        return value
    raise PydanticCustomError("date_parsing", "Введите дату в формате ГГГГ-ММ-ДД")


def _as_moment(value: object) -> object:
    if isinstance(value, datetime) or (
        isinstance(value, str) and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:", value)
    ):
        return value
    raise PydanticCustomError("datetime_parsing", "Введите время в формате ГГГГ-ММ-ДДTчч:мм:ссZ")


CalendarDate = Annotated[date, BeforeValidator(_as_written)]
"""A day in a request, as ISO 8601 writes it; a number is not taken for seconds of an epoch."""
Moment = Annotated[AwareDatetime, BeforeValidator(_as_moment)]
"""A time in a request with its zone, as RFC 3339 writes it."""


def set_offset(seconds: float) -> None:
    """Shift the clock of this process; settings refuse it in production."""
    global _offset  # noqa: PLW0603 one clock per process is the point
    _offset = timedelta(seconds=seconds)


def now() -> datetime:
    """Present moment, aware, UTC."""
    return datetime.now(UTC) + _offset


def today() -> date:
    """Present day in Moscow: the day that terms and forms are counted by."""
    return now().astimezone(MOSCOW).date()
