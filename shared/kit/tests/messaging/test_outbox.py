from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from nmo_kit.db import Database
from nmo_kit.messaging import outbox
from nmo_kit.messaging.tables import MAINTENANCE_SQL
from nmo_testkit import drain_outbox
from nmo_testkit.probe import ThingMovedV1


class RefusedError(RuntimeError):
    pass


async def _add_and_fail(db: Database, payload: ThingMovedV1) -> None:
    async with db.write() as session:
        await outbox.add(session, payload, version=2)
        raise RefusedError


@pytest.mark.req("APP-08", "PAR-03")
@pytest.mark.failure("PRODUCER-DB-DOWN")
async def test_the_event_exists_if_and_only_if_the_change_does(db: Database):
    thing = uuid4()
    async with db.write() as session:
        kept = await outbox.add(session, ThingMovedV1(thing_id=thing, step=1), version=1)
    with pytest.raises(RefusedError):
        await _add_and_fail(db, ThingMovedV1(thing_id=thing, step=2))
    assert [event.id for event in await drain_outbox(db)] == [kept]
    assert await drain_outbox(db) == []


async def test_a_subject_always_has_the_same_slot(db: Database):
    thing = uuid4()
    async with db.write() as session:
        for step in (1, 2):
            await outbox.add(session, ThingMovedV1(thing_id=thing, step=step), version=step)
        lanes = (await session.execute(text("select distinct lane from outbox"))).scalars().all()
    assert len(lanes) == 1
    assert 0 <= lanes[0] < outbox.SLOTS


async def _insert(db: Database, created_at: datetime, *, published: bool) -> None:
    async with db.write() as session:
        await session.execute(
            text(
                "insert into outbox (event_id, event_key, key_version, routing_key, body, created_at, published_at)"
                " values (gen_random_uuid(), 'thing/1', 1, 'probe.thing.moved.v1', '', :at, case when :done then now() end)"
            ),
            {"at": created_at, "done": published},
        )


async def _partitions(db: Database) -> set[str]:
    async with db.read() as session:
        found = await session.execute(
            text("select inhrelid::regclass::text from pg_inherits where inhparent = 'outbox'::regclass")
        )
        return set(found.scalars())


@pytest.mark.failure("RELAY-OFF")
async def test_upkeep_makes_partitions_ahead_and_drops_only_published_old_months(db: Database):
    now = datetime.now(UTC)
    for month, published in (("2020-03", True), ("2020-05", False)):
        async with db.write() as session:
            await session.execute(
                text("select kit_ensure_partition('outbox', 'created_at', cast(:month as date))"),
                {"month": datetime.fromisoformat(f"{month}-01").date()},
            )
        await _insert(db, datetime.fromisoformat(f"{month}-10T00:00:00+00:00"), published=published)
    await _insert(db, now - timedelta(days=3), published=True)
    for statement in MAINTENANCE_SQL:
        async with db.write() as session:
            await session.execute(text(statement))
    partitions = await _partitions(db)
    assert "outbox_2020_03" not in partitions
    assert "outbox_2020_05" in partitions, "a month with an unpublished event is never dropped"
    assert f"outbox_{now:%Y_%m}" in partitions
    following = (now.replace(day=1) + timedelta(days=32)).strftime("outbox_%Y_%m")
    assert following in partitions
    async with db.read() as session:
        assert (await session.execute(text("select count(*) from outbox"))).scalar_one() == 2


async def test_rows_of_a_month_without_partition_are_kept_and_moved_later(db: Database):
    await _insert(db, datetime(2019, 1, 5, tzinfo=UTC), published=False)
    query = text("select tableoid::regclass::text from outbox")
    async with db.write() as session:
        assert (await session.execute(query)).scalars().all() == ["outbox_default"]
        await session.execute(text("select kit_ensure_partition('outbox', 'created_at', '2019-01-01')"))
        assert (await session.execute(query)).scalars().all() == ["outbox_2019_01"]
