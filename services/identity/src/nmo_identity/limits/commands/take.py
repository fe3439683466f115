"""Take one unit of a limit."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text

from nmo_identity.limits.rules import Rate
from nmo_kit import clock
from nmo_kit.db import ReadSession, WriteSession

# GCRA in one statement: a row back means allowed (security 7.1).
_TAKE = text(
    """
    insert into rate_limit as r (key, tat) values (:key, cast(:now as timestamptz) + :interval)
    on conflict (key) do update set tat = greatest(r.tat, cast(:now as timestamptz)) + :interval
    where greatest(r.tat, cast(:now as timestamptz)) + :interval <= cast(:now as timestamptz) + :window
    returning 1
    """
)
_WAIT = text(
    "select tat - cast(:window as interval) + cast(:interval as interval) - cast(:now as timestamptz) from rate_limit where key = :key"
)
_TAKE_DAY = text(
    """
    insert into day_quota as q (key, day, used) values (:key, :day, 1)
    on conflict (key, day) do update set used = q.used + 1 where q.used < :most
    returning used
    """
)


async def take_rate(session: WriteSession, key: str, rate: Rate, *, now: datetime) -> timedelta | None:
    """Take one unit; None when it was there, else how long to wait. Holds for all processes together."""
    values = {"key": key, "now": now, "interval": rate.interval, "window": rate.window}
    if (await session.execute(_TAKE, values)).first() is not None:
        return None
    found: timedelta | None = (await session.execute(_WAIT, values)).scalar_one_or_none()
    return max(found or rate.interval, timedelta(seconds=1))


async def left_of(session: ReadSession, key: str, rate: Rate, *, now: datetime) -> int:
    """How many units can be taken at once now."""
    found = await session.execute(text("select tat from rate_limit where key = :key"), {"key": key})
    paid: datetime | None = found.scalar_one_or_none()
    return int((now + rate.window - max(paid or now, now)) / rate.interval)


async def give_back(session: WriteSession, key: str) -> None:
    """Forget what a key has used of its rate."""
    await session.execute(text("delete from rate_limit where key = :key"), {"key": key})


async def take_day(session: WriteSession, key: str, most: int, *, now: datetime) -> int | None:
    """Take one of `most` units of the Moscow day; which one it was, or None when there is none left."""
    day = now.astimezone(clock.MOSCOW).date()
    values = {"key": key, "day": day, "most": most}
    found: int | None = (await session.execute(_TAKE_DAY, values)).scalar_one_or_none()
    return found
