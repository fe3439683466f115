"""The store of browser sessions: one row each, found by the SHA-256 of an opaque cookie (GWY-02, security D1)."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import RowMapping

from nmo_gateway.browser_session import sql
from nmo_gateway.browser_session.cache import SessionCache
from nmo_gateway.browser_session.model import STAFF_ROLES, Session
from nmo_gateway.browser_session.secrets import SessionSecrets, cookie_hash, new_cookie
from nmo_gateway.settings import GatewaySettings
from nmo_kit.db import Database
from nmo_kit.ids import uuid7

logger = structlog.get_logger(__name__)
ROTATION_GRACE_S = 10


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a cookie leads to: a live session, or the reason why it is none (idle, absolute, logout, displaced, …).

    ``due`` says that a new id is due by time; ``person_id`` whose session it was or is.
    """

    session: Session | None = None
    ended: str | None = None
    due: bool = False
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewSession:
    """Facts of a finished sign-in as identity gave them."""

    person_id: UUID
    sid: str
    handle: str
    provider: str
    short_name: str
    entry: str
    consent: bool
    roles: frozenset[str]
    previous_login_at: Any


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session, its cookie value, and identity handles of the sessions it displaced."""

    session: Session
    cookie: str
    displaced: list[str]


class SessionStore:
    """Opens, finds, rotates and ends sessions. Each method is one transaction."""

    def __init__(
        self, database: Database, secrets: SessionSecrets, cache: SessionCache, settings: GatewaySettings
    ) -> None:
        self._db = database
        self._secrets = secrets
        self._cache = cache
        self._settings = settings
        self._flights: dict[tuple[bytes, bool, int], asyncio.Task[Lookup]] = {}

    def seen(self, cookie: str) -> Session | None:
        """The live session that was looked up by this cookie a moment ago, and is not due for anything."""
        return self._cache.get(cookie_hash(cookie))

    async def find(self, cookie: str, *, passive: bool = False) -> Lookup:
        """Look a cookie up; a use moves the idle limit, at most once a minute.

        Args:
            cookie: the value the browser sent.
            passive: the request is the page's own (live updates), not the person's: it does not keep the session alive.
        """
        hashed = cookie_hash(cookie)
        cached = self._cache.get(hashed)
        if cached is not None:
            return Lookup(cached)
        # Requests that come at once look once. Not with a look begun before a change: it may have seen the old row.
        key = hashed, passive, self._cache.changes
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._look_up(hashed, passive=passive))
            self._flights[key] = flight
            flight.add_done_callback(partial(self._landed, key))
        return await asyncio.shield(flight)

    def _landed(self, key: tuple[bytes, bool, int], flight: asyncio.Task[Lookup]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            # Looked at, or it would be told as lost when everybody who waited for it has gone.
            flight.exception()

    async def _look_up(self, hashed: bytes, *, passive: bool) -> Lookup:
        changes = self._cache.changes
        async with self._db.read() as db:
            parameters = {"hash": hashed, "rotate_s": float(self._settings.session_rotate_s)}
            row = (await db.execute(sql.FIND, parameters)).mappings().one_or_none()
        if row is None:
            return Lookup()
        if row["ended"] is not None:
            if not row["already_ended"]:
                await self.end(row["session_id"], row["ended"])
            return Lookup(ended=row["ended"], person_id=row["person_id"])
        session = self._session(row)
        await self._note_use(row, passive=passive)
        if not row["touch_due"] and not row["rotate_due"] and not row["first_use"]:
            self._cache.put(hashed, session, changes)
        return Lookup(session, due=bool(row["rotate_due"]))

    async def _note_use(self, row: RowMapping, *, passive: bool) -> None:
        parameters = {"session_id": row["session_id"], "grace_s": float(ROTATION_GRACE_S)}
        if row["touch_due"] and not passive:
            async with self._db.write() as db:
                await db.execute(sql.TOUCH, {**parameters, "first_use": row["first_use"]})
        elif row["first_use"]:
            async with self._db.write() as db:
                await db.execute(sql.MARK_FIRST_USE, parameters)

    async def open(self, new: NewSession) -> Opened:
        """Store a new session; the person's oldest ones beyond the limit end with the reason ``displaced``."""
        session_id, cookie = uuid7(), new_cookie()
        staff = bool(new.roles & STAFF_ROLES)
        parameters = {
            "session_id": session_id,
            "cookie_hash": cookie_hash(cookie),
            "handle_sealed": self._secrets.seal_handle(new.handle, session_id),
            "person_id": new.person_id,
            "sid": new.sid,
            "provider": new.provider,
            "short_name": new.short_name,
            "entry": new.entry,
            "consent": new.consent,
            "roles": sorted(new.roles),
            "previous_login_at": new.previous_login_at,
            **self._limits(staff=staff),
        }
        async with self._db.write() as db:
            await db.execute(sql.LOCK_PERSON, {"person_id": str(new.person_id)})
            keep = {"person_id": new.person_id, "keep": self._settings.sessions_per_person - 1}
            displaced = (await db.execute(sql.DISPLACE, keep)).mappings().all()
            row = (await db.execute(sql.OPEN, parameters)).mappings().one()
            for old in displaced:
                await db.execute(sql.NOTIFY, {"session_id": str(old["session_id"])})
        for old in displaced:
            self._cache.drop(old["session_id"])
        handles = [
            self._secrets.open_handle(bytes(old["handle_sealed"]), old["session_id"]) for old in displaced
        ]
        return Opened(self._session(row), cookie, handles)

    async def rotate(self, session: Session, old_cookie: str, *, at_once: bool) -> str | None:
        """Give the session a new id; the old one lives 10 s on for requests under way.

        Args:
            session: the session as found.
            old_cookie: the value it was found by.
            at_once: the rights changed, so the 10 s begin now; otherwise they begin when the new id is first used.

        Returns the new cookie value, or None when another request was first.
        """
        cookie = new_cookie()
        parameters = {
            "session_id": session.session_id,
            "old_hash": cookie_hash(old_cookie),
            "new_hash": cookie_hash(cookie),
            "at_once": at_once,
            "grace_s": float(ROTATION_GRACE_S),
        }
        async with self._db.write() as db:
            changed = (await db.execute(sql.ROTATE, parameters)).rowcount  # type: ignore[attr-defined]
            await db.execute(sql.NOTIFY, {"session_id": str(session.session_id)})
        self._cache.drop(session.session_id)
        return cookie if changed else None

    async def update_person(
        self, session: Session, *, short_name: str, entry: str, consent: bool, roles: frozenset[str]
    ) -> Session | None:
        """Store the person's new state; staff roles shorten the limits. None when the session has ended meanwhile."""
        parameters = {
            "session_id": session.session_id,
            "short_name": short_name,
            "entry": entry,
            "consent": consent,
            "roles": sorted(roles),
            **self._limits(staff=bool(roles & STAFF_ROLES)),
        }
        async with self._db.write() as db:
            row = (await db.execute(sql.UPDATE_PERSON, parameters)).mappings().one_or_none()
            await db.execute(sql.NOTIFY, {"session_id": str(session.session_id)})
        self._cache.drop(session.session_id)
        return None if row is None else self._session(row)

    async def end(self, session_id: UUID, reason: str) -> None:
        """End a session here: its cookie opens nothing from now on, in any replica."""
        async with self._db.write() as db:
            await db.execute(sql.END, {"session_id": session_id, "reason": reason})
            await db.execute(sql.NOTIFY, {"session_id": str(session_id)})
        self._cache.drop(session_id)
        logger.info("session_ended", session_id=str(session_id), reason=reason)

    async def confirmed(self, session_id: UUID) -> None:
        """Note that the person has just proved again who they are."""
        async with self._db.write() as db:
            await db.execute(sql.CONFIRMED, {"session_id": session_id})
            await db.execute(sql.NOTIFY, {"session_id": str(session_id)})
        self._cache.drop(session_id)

    async def purge(self) -> None:
        """Delete what is over: sessions ended a day ago, sign-ins never finished, paid limits."""
        async with self._db.write() as db:
            for statement in sql.PURGE:
                await db.execute(statement)

    def _limits(self, *, staff: bool) -> dict[str, float]:
        settings = self._settings
        idle, absolute = (
            (settings.staff_idle_s, settings.staff_absolute_s)
            if staff
            else (settings.session_idle_s, settings.session_absolute_s)
        )
        return {"idle_s": float(idle), "absolute_s": float(absolute)}

    def _session(self, row: RowMapping) -> Session:
        session_id = row["session_id"]
        return Session(
            person_id=row["person_id"],
            short_name=row["short_name"],
            entry=row["entry"],
            consent=row["consent"],
            roles=frozenset(row["roles"]),
            previous_login_at=row["previous_login_at"],
            csrf_token=self._secrets.csrf_token(session_id),
            session_id=session_id,
            provider=row["provider"],
            sid=row["sid"],
            login_at=row["login_at"],
            handle=self._secrets.open_handle(bytes(row["handle_sealed"]), session_id),
            cookie_hash=bytes(row["cookie_hash"]),
            confirmed_at=row["confirmed_at"],
        )
