"""Take back every link under way of a person."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from nmo_kit.db import WriteSession

_REVOKE = text(
    """
    update link_flow set consumed_at = coalesce(consumed_at, app_now()), outcome = 'revoked'
    where outcome is null and (
        person_id = :person_id
        or (issuer, upstream_subject) in (select issuer, subject from account where person_id = :person_id)
    )
    """
)


async def revoke_link_proofs(session: WriteSession, person_id: UUID) -> int:
    """End the person's links under way, and those of others that are about to reach an account of theirs (L4).

    For recovery, untying, freezing and a new password: a proof given before must not work after. How many were ended;
    a link between its callback and its commit is refused too, because that transaction reads the row again.
    """
    done = await session.execute(_REVOKE, {"person_id": person_id})
    return int(done.rowcount)  # type: ignore[attr-defined]
