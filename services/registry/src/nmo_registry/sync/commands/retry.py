"""Another try, asked for by the administrator: of the register itself, or of cards that were set aside (FRM-02)."""

from __future__ import annotations

from sqlalchemy import text

from nmo_kit import clock, journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal
from nmo_registry.sync.queries import SOURCE, state_for_update

# Only those that would have waited: what is due already is on its way.
_HURRY = text(
    "update sync_quarantine set next_attempt_at = :now where next_attempt_at > :now"
    " and (cast(:oid as text) is null or register_oid = :oid) and (cast(:reason as text) is null or reason = :reason)"
)
_CHOSEN = text(
    "select count(*) from sync_quarantine"
    " where (cast(:oid as text) is null or register_oid = :oid) and (cast(:reason as text) is null or reason = :reason)"
)


async def retry_set_aside(
    session: WriteSession, *, oid: str | None, reason: str | None, by: Principal
) -> int:
    """Let the next pass over the feed read these cards again; returns how many there are.

    Args:
        session: the transaction of the change.
        oid: one card; None for all.
        reason: only those set aside for it; None for any.
        by: who asked, for the journal.

    Side effects: a journal row, if there is anything to read.
    """
    wanted = {"oid": oid, "reason": reason}
    count = int((await session.execute(_CHOSEN, wanted)).scalar_one())
    if count:
        await session.execute(_HURRY, {**wanted, "now": clock.now()})
        await journal.record(
            session, actor=by, action="registry.exchange.retry", object_=f"quarantine/{oid or 'many'}",
            person_id=None, reason=reason,
        )  # fmt: skip
    return count


async def ask_at_once(session: WriteSession, *, by: Principal) -> None:
    """Let the next pass over the feed come now instead of after the pause that failures brought.

    Side effects: a journal row.
    """
    progress = await state_for_update(session)
    progress.next_attempt_at = None
    await journal.record(
        session, actor=by, action="registry.exchange.again", object_=f"register/{SOURCE}", person_id=None
    )
