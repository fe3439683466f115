"""Ends of sessions told both ways: what identity ended is ended in the browser, and the other way round (security D3)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nmo_gateway.browser_session import sql
from nmo_gateway.browser_session.cache import SessionCache
from nmo_gateway.browser_session.secrets import SessionSecrets
from nmo_kit.db import Database

MOST_UNTOLD = 200


@dataclass(frozen=True, slots=True)
class Untold:
    """A session that is over here: its handle at identity, and why it is over."""

    session_id: UUID
    handle: str
    reason: str


class SessionEnds:
    """A person's browser sessions as their ends are told."""

    def __init__(self, database: Database, secrets: SessionSecrets, cache: SessionCache) -> None:
        self._db = database
        self._secrets = secrets
        self._cache = cache
        self.changed = asyncio.Event()
        """Set when a session of this process's browsers has ended: identity is told at once."""

    async def end_signed_in(
        self, person_id: UUID, reason: str, *, only: str | None = None, keep: str | None = None
    ) -> None:
        """End a person's browser sessions whose sign-ins identity has ended: the one of ``only``, or all but ``keep``."""
        parameters = {"person_id": person_id, "reason": reason, "only": only, "keep": keep}
        async with self._db.write() as db:
            ended = (await db.execute(sql.END_BY_SID, parameters)).scalars().all()
            for session_id in ended:
                await db.execute(sql.NOTIFY, {"session_id": str(session_id)})
        for session_id in ended:
            self._cache.drop(session_id)

    async def last_seen(self, person_id: UUID) -> dict[str, datetime]:
        """When each of a person's sign-ins was last used, within a minute; by identity's id of it."""
        async with self._db.read() as db:
            rows = (await db.execute(sql.LAST_SEEN, {"person_id": person_id})).mappings().all()
        return {row["sid"]: row["seen"] for row in rows}

    async def untold(self) -> list[Untold]:
        """Sessions that are over while identity may not know it."""
        async with self._db.read() as db:
            rows = (await db.execute(sql.UNTOLD, {"most": MOST_UNTOLD})).mappings().all()
        return [
            Untold(
                row["session_id"],
                self._secrets.open_handle(bytes(row["handle_sealed"]), row["session_id"]),
                row["reason"],
            )
            for row in rows
        ]

    async def mark_told(self, session_id: UUID) -> None:
        """Identity knows that this session is over."""
        async with self._db.write() as db:
            await db.execute(sql.TOLD, {"session_id": session_id})
