"""Removing what has run out: flows, seen tokens, codes, assertions."""

from __future__ import annotations

from sqlalchemy import text

from nmo_kit.db import Database

KEEP_DAY = "interval '1 day'"
STATEMENTS = (
    f"delete from login_flow where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from seen_token where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from authorization_code where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from refresh_token where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    f"delete from issued_token where expires_at < app_now() - {KEEP_DAY}",  # noqa: S608 constants of this file
    "delete from assertion_use where expires_at < app_now()",
)


async def remove_expired(db: Database) -> None:
    """Delete rows that nothing can use any more; a day is left for questions."""
    for statement in STATEMENTS:
        async with db.write() as session:
            await session.execute(text(statement))
