"""Reading the progress of the mirror."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from nmo_kit.db import ReadSession, WriteSession, fetch
from nmo_kit.json import loads
from nmo_registry.sync.lines import Unnamed
from nmo_registry.sync.rules import DUMP_EXPIRED
from nmo_registry.sync.tables import (
    Reconciliation,
    ReconciliationLine,
    ReconciliationMissing,
    ReconciliationOrder,
    SyncQuarantine,
    SyncState,
)

SOURCE = "frmr"
MOST_UNNAMED = 1000
"""Lines without a number that are kept of one comparison; more are only counted."""
_DOUBT = text(
    "insert into reconciliation_missing (register_oid, doubtful) select unnest(cast(:oids as text[])), true"
    " on conflict (register_oid) do update set doubtful = true"
)
CONFIRMED_AT = """
case when exists(select from sync_quarantine q where q.register_oid = {oid}) then {fetched_at}
else greatest({fetched_at}, (select last_success_at from sync_state where source = {source})) end
"""
"""When a card was last known to be the register's: read then, or, unless it waits in quarantine, not changed up to the
last full pass."""


async def state(session: ReadSession) -> SyncState:
    """How far the mirror is."""
    return (await session.execute(select(SyncState).where(col(SyncState.source) == SOURCE))).scalar_one()


async def state_for_update(session: WriteSession) -> SyncState:
    """The same, held until the transaction ends: whoever moves the cursor comes here first."""
    found = await session.execute(select(SyncState).where(col(SyncState.source) == SOURCE).with_for_update())
    return found.scalar_one()


async def confirmed_at(session: ReadSession, oid: str, fetched_at: datetime) -> datetime:
    """When a mirrored card was last known to be the register's (`CONFIRMED_AT`)."""
    sql = f"select {CONFIRMED_AT.format(oid='$1', fetched_at='$2::timestamptz', source='$3')} as confirmed_at"
    (row,) = await fetch(session, sql, (oid, fetched_at, SOURCE))
    found: datetime = row["confirmed_at"]
    return found


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


async def readable_neighbours(session: ReadSession, oids: Sequence[str]) -> list[str]:
    """Up to four mirrored people next to the first of these by number: none of these, and none in quarantine."""
    sql = """
        with sound as (
            select register_oid from specialist s where removed_at is null and register_oid <> all($2)
            and not exists (select from sync_quarantine q where q.register_oid = s.register_oid)
        )
        (select register_oid from sound where register_oid < $1 order by register_oid desc limit 2)
        union all
        (select register_oid from sound where register_oid > $1 order by register_oid limit 2)
    """
    return [row["register_oid"] for row in await fetch(session, sql, (oids[0], list(oids)))]


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


async def open_order(session: ReadSession) -> ReconciliationOrder | None:
    """The newest order of a comparison since which none has ended; one that only gave way to a newer dump has not."""
    ended = (
        select(col(Reconciliation.id))
        .where(
            col(Reconciliation.source) == col(ReconciliationOrder.source),
            col(Reconciliation.finished_at) > col(ReconciliationOrder.ordered_at),
            col(Reconciliation.stopped_because).is_distinct_from(DUMP_EXPIRED),
        )
        .exists()
    )
    found = await session.execute(
        select(ReconciliationOrder)
        .where(col(ReconciliationOrder.source) == SOURCE, ~ended)
        .order_by(col(ReconciliationOrder.ordered_at).desc())
        .limit(1)
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
    newer: bool
    left_out: frozenset[str]
    """Parts of the card that its last answer did not carry."""


async def known_between(
    session: ReadSession, after: str, last: str | None, *, also: Sequence[str], since: datetime
) -> dict[str, Known]:
    """Mirrored people with numbers in a range (None: to the end) and those of a list, by number.

    `newer` are those about whom the register told something, removal included, at that moment or later.
    """
    sql = """
        select register_oid, register_version, removed_at is not null as removed, fetched_at >= $4 as newer,
          nullif(left_out, '{}')::text as left_out
        from specialist where register_oid > $1 and ($2::text is null or register_oid <= $2)
        union
        select register_oid, register_version, removed_at is not null, fetched_at >= $4, nullif(left_out, '{}')::text
        from specialist where register_oid = any($3::text[])
    """
    rows = await fetch(session, sql, (after, last, [oid for oid in also if oid <= after], since))
    return {
        row["register_oid"]: Known(
            row["register_version"], row["removed"], row["newer"], frozenset(loads(row["left_out"] or "{}"))
        )
        for row in rows
    }


async def holds_after(session: ReadSession, oid: str) -> bool:
    """Whether the mirror ever held anybody with a number after this one."""
    sql = "select exists (select from specialist where register_oid > $1) as found"
    return bool((await fetch(session, sql, (oid,)))[0]["found"])


async def told_since(session: ReadSession, oids: Sequence[str], moment: datetime) -> set[str]:
    """Those of these people about whom the mirror was told something at that moment or later."""
    sql = "select register_oid from specialist where register_oid = any($1) and fetched_at >= $2"
    return {row["register_oid"] for row in await fetch(session, sql, (list(oids), moment))}


async def note_missing(session: WriteSession, oids: Sequence[str], *, seen: Sequence[str]) -> None:
    """People whom the dump passed over; those of `seen` it named after all, or they are settled."""
    if oids:
        rows = [{"register_oid": oid} for oid in oids]
        await session.execute(insert(ReconciliationMissing).on_conflict_do_nothing(), rows)
    if seen:
        await session.execute(
            delete(ReconciliationMissing).where(
                col(ReconciliationMissing.register_oid).in_(seen), ~col(ReconciliationMissing.doubtful)
            )
        )


async def note_doubtful(session: WriteSession, oids: Collection[str]) -> None:
    """People of whom the mirror may know something newer than the dump."""
    if oids:
        await session.execute(_DOUBT, {"oids": sorted(oids)})


async def doubtful(session: ReadSession) -> frozenset[str]:
    """All of them."""
    found = await session.execute(
        select(col(ReconciliationMissing.register_oid)).where(col(ReconciliationMissing.doubtful))
    )
    return frozenset(found.scalars())


async def settle(session: WriteSession, oids: Sequence[str]) -> None:
    """The register itself was asked for these people."""
    gone = delete(ReconciliationMissing).where(col(ReconciliationMissing.register_oid).in_(oids))
    await session.execute(gone)


async def forget_missing(session: WriteSession) -> None:
    """A new comparison has found nobody missing yet."""
    await session.execute(delete(ReconciliationMissing))


async def some_unsettled(session: ReadSession, limit: int, *, doubtful: bool) -> list[str]:
    """Some of the people whom the dump did not name, or of the doubtful ones."""
    found = await session.execute(
        select(col(ReconciliationMissing.register_oid))
        .where(col(ReconciliationMissing.doubtful) == doubtful)
        .limit(limit)
    )
    return list(found.scalars())


async def count_missing(session: ReadSession) -> int:
    """How many people the dump did not name."""
    missing = (
        select(func.count()).select_from(ReconciliationMissing).where(~col(ReconciliationMissing.doubtful))
    )
    return (await session.execute(missing)).scalar_one()


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


async def note_unnamed(
    session: WriteSession, row: Reconciliation, lines: Sequence[Unnamed], *, now: datetime
) -> None:
    """Keep the places of lines that name nobody; those that are kept already stay as they are."""
    room = MOST_UNNAMED - await count_unnamed(session) if lines else 0
    values = [
        {
            "reconciliation_id": row.id, "dump_id": row.dump_id, "after_oid": line.after,
            "position": line.position, "reason": line.reason, "noted_at": now,
        }
        for line in lines[: max(0, room)]
    ]  # fmt: skip
    if values:
        await session.execute(insert(ReconciliationLine).on_conflict_do_nothing(), values)


async def forget_unnamed(session: WriteSession, *, but: UUID) -> None:
    """A comparison has read its whole dump: lines of earlier ones are told no longer."""
    await session.execute(delete(ReconciliationLine).where(col(ReconciliationLine.reconciliation_id) != but))


async def count_unnamed(session: ReadSession) -> int:
    """How many lines without a number are kept."""
    return (await session.execute(select(func.count()).select_from(ReconciliationLine))).scalar_one()


async def unnamed(session: ReadSession, limit: int) -> list[ReconciliationLine]:
    """The first of these lines, the newest comparison's before others."""
    line = ReconciliationLine
    found = await session.execute(
        select(line)
        .order_by(col(line.reconciliation_id).desc(), col(line.after_oid), col(line.position))
        .limit(limit)
    )
    return list(found.scalars())
