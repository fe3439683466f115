"""Reading the progress of the mirror."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from nmo_kit.db import ReadSession, WriteSession, fetch
from nmo_registry.sync.tables import Reconciliation, ReconciliationMissing, SyncQuarantine, SyncState

SOURCE = "frmr"


async def state(session: ReadSession) -> SyncState:
    """How far the mirror is."""
    return (await session.execute(select(SyncState).where(col(SyncState.source) == SOURCE))).scalar_one()


async def state_for_update(session: WriteSession) -> SyncState:
    """The same, held until the transaction ends: whoever moves the cursor comes here first."""
    found = await session.execute(select(SyncState).where(col(SyncState.source) == SOURCE).with_for_update())
    return found.scalar_one()


async def confirmed_at(session: ReadSession, oid: str, fetched_at: datetime) -> datetime:
    """When a mirrored card was last known to be the register's: read then, or not changed up to the last full pass."""
    last = (await state(session)).last_success_at
    if last is None or last <= fetched_at:
        return fetched_at
    waits = await session.execute(
        select(col(SyncQuarantine.register_oid)).where(col(SyncQuarantine.register_oid) == oid)
    )
    return fetched_at if waits.first() else last


async def due_in_quarantine(session: ReadSession, *, now: datetime, limit: int) -> list[str]:
    """Numbers of cards in quarantine whose time to be asked again has come."""
    found = await session.execute(
        select(col(SyncQuarantine.register_oid))
        .where(col(SyncQuarantine.next_attempt_at) <= now)
        .order_by(col(SyncQuarantine.next_attempt_at))
        .limit(limit)
    )
    return list(found.scalars())


async def quarantine_size(session: ReadSession) -> int:
    """How many cards are in quarantine."""
    return (await session.execute(select(func.count()).select_from(SyncQuarantine))).scalar_one()


async def quarantine_reasons(session: ReadSession) -> dict[str, int]:
    """Why cards are in quarantine and how many for each reason, the most frequent first."""
    count = func.count()
    found = await session.execute(
        select(col(SyncQuarantine.reason), count)
        .group_by(col(SyncQuarantine.reason))
        .order_by(count.desc(), col(SyncQuarantine.reason))
    )
    return {row[0]: row[1] for row in found}


async def in_quarantine(
    session: ReadSession, *, reason: str | None, after: str, limit: int
) -> list[SyncQuarantine]:
    """Cards in quarantine in the order of their numbers, those after a number only."""
    wanted = select(SyncQuarantine).where(col(SyncQuarantine.register_oid) > after)
    if reason is not None:
        wanted = wanted.where(col(SyncQuarantine.reason) == reason)
    found = await session.execute(wanted.order_by(col(SyncQuarantine.register_oid)).limit(limit))
    return list(found.scalars())


async def running_reconciliation(session: ReadSession) -> Reconciliation | None:
    """The comparison under way."""
    found = await session.execute(
        select(Reconciliation).where(
            col(Reconciliation.source) == SOURCE, col(Reconciliation.phase).in_(("reading", "removing"))
        )
    )
    return found.scalar_one_or_none()


async def last_reconciliation(session: ReadSession) -> Reconciliation | None:
    """The newest comparison, in work or not."""
    found = await session.execute(
        select(Reconciliation).order_by(col(Reconciliation.started_at).desc()).limit(1)
    )
    return found.scalar_one_or_none()


async def reconciliation_for_update(session: WriteSession, identifier: UUID) -> Reconciliation:
    """The comparison, held until the transaction ends."""
    found = await session.execute(
        select(Reconciliation).where(col(Reconciliation.id) == identifier).with_for_update()
    )
    return found.scalar_one()


@dataclass(frozen=True, slots=True)
class Known:
    """What the mirror holds of a person, in short."""

    register_version: str
    removed: bool


async def known_between(
    session: ReadSession, after: str, last: str | None, *, also: Sequence[str]
) -> dict[str, Known]:
    """Mirrored people with numbers in a range (None: to the end) and those of a list, by number."""
    sql = """
        select register_oid, register_version, removed_at is not null as removed from specialist
        where register_oid > $1 and ($2::text is null or register_oid <= $2)
        union
        select register_oid, register_version, removed_at is not null from specialist
        where register_oid = any($3::text[])
    """
    rows = await fetch(session, sql, (after, last, [oid for oid in also if oid <= after]))
    return {row["register_oid"]: Known(row["register_version"], row["removed"]) for row in rows}


async def note_missing(session: WriteSession, oids: Sequence[str], *, seen: Sequence[str]) -> None:
    """People whom the dump passed over; those of `seen` it named after all, or they are settled."""
    if oids:
        rows = [{"register_oid": oid} for oid in oids]
        await session.execute(insert(ReconciliationMissing).on_conflict_do_nothing(), rows)
    if seen:
        gone = delete(ReconciliationMissing).where(col(ReconciliationMissing.register_oid).in_(seen))
        await session.execute(gone)


async def forget_missing(session: WriteSession) -> None:
    """A new comparison has found nobody missing yet."""
    await session.execute(delete(ReconciliationMissing))


async def some_missing(session: ReadSession, limit: int) -> list[str]:
    """Some of the people whom the dump did not name."""
    found = await session.execute(select(col(ReconciliationMissing.register_oid)).limit(limit))
    return list(found.scalars())


async def count_missing(session: ReadSession) -> int:
    """How many people the dump did not name."""
    return (await session.execute(select(func.count()).select_from(ReconciliationMissing))).scalar_one()


async def mirrored(session: ReadSession) -> int:
    """About how many people the mirror holds, by the statistics of the database; exactly where there are none yet."""
    about = await session.execute(text("select reltuples::bigint from pg_class where relname = 'specialist'"))
    found = int(about.scalar_one())
    if found >= 0:
        return found
    return int((await session.execute(text("select count(*) from specialist"))).scalar_one())


async def held(session: ReadSession) -> int:
    """How many people of the register are in the mirror, or set aside with their number."""
    sql = """
        select (select count(*) from specialist where removed_at is null)
          + (select count(*) from sync_quarantine waiting where not exists (
              select from specialist where register_oid = waiting.register_oid and removed_at is null))
    """
    return int((await session.execute(text(sql))).scalar_one())
