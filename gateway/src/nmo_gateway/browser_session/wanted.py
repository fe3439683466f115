"""The page first asked for, kept with the session while steps come before it (SSO-08, SSO-11).

With the session and not in the pages' addresses: a letter's link opens in the same browser without them.
"""

from uuid import UUID

from sqlalchemy import text

from nmo_kit.db import Database

_KEEP = text(
    "update browser_session set wanted = :target where session_id = :session_id and ended_at is null"
)
_TAKE = text(
    """
    with kept as (select session_id, wanted from browser_session where session_id = :session_id for update)
    update browser_session s set wanted = null from kept
    where s.session_id = kept.session_id and kept.wanted is not null
    returning kept.wanted
    """
)


class WantedPages:
    """Keeps one address for each session; a newer one takes the older one's place."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def keep(self, session_id: UUID, target: str) -> None:
        """Keep an address of this site, as `local_target` lets it through."""
        async with self._db.write() as db:
            await db.execute(_KEEP, {"session_id": session_id, "target": target})

    async def take(self, session_id: UUID) -> str:
        """The address, once; empty when none was kept."""
        async with self._db.write() as db:
            return str((await db.execute(_TAKE, {"session_id": session_id})).scalar_one_or_none() or "")
