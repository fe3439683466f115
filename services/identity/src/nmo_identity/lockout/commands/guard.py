"""Count a try at signing in, for good, before any password is compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import text

from nmo_identity.accounts.rules import NOBODY
from nmo_identity.limits.commands.take import take_rate
from nmo_identity.limits.rules import Rate
from nmo_identity.lockout import queries
from nmo_identity.lockout.errors import LoginLocked, LoginSlowed
from nmo_identity.lockout.rules import LOCK, TRIES, WINDOW, Keys, keys_of
from nmo_kit.db import Database, WriteSession

logger = structlog.get_logger(__name__)
ATTACK_RATE = Rate(timedelta(seconds=1), 10)
"""While passwords are tried on many logins, so many tries of unknown devices are compared in all."""
# A new window begins when the old one or its lock is over; the fifth try of a window closes the key.
_COUNT = text(
    """
    insert into login_counter as c (key, tries, window_started_at) values (:key, 1, :now)
    on conflict (key) do update set
        tries = case when c.window_started_at <= :since or c.locked_until <= :now then 1 else c.tries + 1 end,
        window_started_at = case when c.window_started_at <= :since or c.locked_until <= :now
            then :now else c.window_started_at end,
        locked_until = case when c.window_started_at <= :since or c.locked_until <= :now then null
            when c.tries + 1 >= :most then cast(:until as timestamptz) end,
        owner_told = c.owner_told and (c.window_started_at <= :since or coalesce(c.locked_until <= :now, false)
            or c.tries + 1 < :most)
    where c.locked_until is null or c.locked_until <= :now
    returning tries
    """
)
_MINUTE = text(
    """
    insert into login_minute as m (minute, tries, failures) values (date_trunc('minute', cast(:now as timestamptz)), :tries, :failures)
    on conflict (minute) do update set tries = m.tries + excluded.tries, failures = m.failures + excluded.failures
    """
)


@dataclass(frozen=True, slots=True)
class NetworkLimit:
    """How fast one network may try with unknown devices."""

    rate: Rate


@dataclass(frozen=True, slots=True)
class CountedTry:
    """A try that was counted and may go on."""

    keys: Keys
    trusted: bool
    hopeless: bool
    """The account is closed to unknown devices: compare nothing and say that the password is wrong."""
    locked_now: bool
    """This try was the fifth; the owner is told by the worker, so that it takes no longer than with an unknown login."""
    tries_left: int | None = None
    """How many remain to a known device; None to strangers."""


async def count_try(
    db: Database,
    *,
    login_index: bytes,
    account_id: UUID | None,
    device: bytes | None,
    network: str,
    limit: NetworkLimit,
    now: datetime,
) -> CountedTry:
    """Count one try and commit it, so that of any number at once five are compared (REG-08, T07, T08).

    A browser that signed in to the account before has counters of its own: strangers cannot lock its owner out, and
    neither the network's pace nor an attack elsewhere holds it up. Unknown logins are counted like known ones.

    Raises:
        LoginLocked: five tries were made in 15 minutes.
        LoginSlowed: the network is too fast, or an attack is under way.
    """
    async with db.write() as session:
        # Looked for where there is no account, too, so that it takes as long.
        trusted = device is not None and await queries.is_known_device(session, account_id or NOBODY, device)
        keys = keys_of(login_index=login_index, account_id=account_id, device=device if trusted else None)
        # A refusal is kept apart from the counting, or rolling back would give the try back.
        counted = await _count_all(session, keys, trusted=trusted, network=network, limit=limit, now=now)
    if not isinstance(counted, CountedTry):
        raise counted
    return counted


async def _count_all(
    session: WriteSession, keys: Keys, *, trusted: bool, network: str, limit: NetworkLimit, now: datetime
) -> CountedTry | LoginLocked | LoginSlowed:
    if not trusted:
        wait = await take_rate(session, f"login-network:{network}", limit.rate, now=now)
        if wait is None and await queries.is_under_attack(session, now):
            wait = await take_rate(session, "login-attack", ATTACK_RATE, now=now)
        if wait is not None:
            return LoginSlowed(wait)
    tries = deciding = await _count(session, keys.shown, now)
    if tries is None:
        until = await queries.locked_until(session, keys.shown, now)
        return LoginLocked(until or now + LOCK, now)
    if keys.hidden is not None:
        deciding = await _count(session, keys.hidden, now)
    await session.execute(_MINUTE, {"now": now, "tries": 1, "failures": 0})
    return CountedTry(
        keys,
        trusted,
        hopeless=deciding is None,
        locked_now=deciding is not None and deciding >= TRIES,
        tries_left=TRIES - tries if trusted else None,
    )


async def _count(session: WriteSession, key: str, now: datetime) -> int | None:
    """How many tries the key's window holds with this one; None when the key is closed, and nothing was counted."""
    found = await session.execute(
        _COUNT, {"key": key, "now": now, "since": now - WINDOW, "until": now + LOCK, "most": TRIES}
    )
    tries: int | None = found.scalar_one_or_none()
    return tries


async def note_failure(session: WriteSession, *, now: datetime) -> None:
    """Add a wrong try to the minute's failures; an alarming share is told in the log."""
    await session.execute(_MINUTE, {"now": now, "tries": 0, "failures": 1})
    if await queries.is_under_attack(session, now):
        logger.error("login_attack", window_minutes=5)


async def forgive(session: WriteSession, keys: Keys) -> None:
    """Forget the tries under these keys: the person proved themselves."""
    await session.execute(
        text("delete from login_counter where key = any(:keys)"),
        {"keys": [key for key in (keys.shown, keys.hidden) if key is not None]},
    )
