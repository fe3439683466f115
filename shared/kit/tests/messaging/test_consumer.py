from uuid import uuid4

import pytest
from sqlalchemy import text

from nmo_kit.db import Database, WriteSession
from nmo_kit.messaging import Envelope, Permanent, Received, Transient, consumes
from nmo_kit.messaging.consumer import handle
from nmo_kit.messaging.topology import Queue, Topology
from nmo_testkit import deliver, drain_outbox, probe
from nmo_testkit.probe import ThingMovedV1, ThingMovedV2, ThingPausedV1


async def effects(db: Database) -> list[int]:
    async with db.read() as session:
        return list((await session.execute(text("select step from effect order by number"))).scalars())


@pytest.mark.req("APP-08", "PAR-03")
@pytest.mark.failure("DUPLICATE-MONTHS-LATER")
async def test_a_duplicate_has_one_effect(db: Database):
    payload, event_id = ThingMovedV1(thing_id=uuid4(), step=1), uuid4()
    first = await deliver(db, probe.on_thing_event, payload, event_id=event_id)
    second = await deliver(db, probe.on_thing_event, payload, event_id=event_id)
    assert (first, second) == ("handled", "duplicate")
    assert await effects(db) == [1]
    assert len(await drain_outbox(db)) == 1


async def test_two_queues_handle_the_same_event_each_once(db: Database):
    payload, event_id = ThingMovedV1(thing_id=uuid4(), step=1), uuid4()
    for consumer in ("counter.one", "counter.two"):
        assert (
            await deliver(db, probe.on_thing_event, payload, event_id=event_id, consumer=consumer)
            == "handled"
        )
    assert await effects(db) == [1, 1]


@pytest.mark.failure("OUT-OF-ORDER")
async def test_older_versions_are_left_out_and_equal_ones_pass(db: Database):
    thing = uuid4()
    outcomes = [
        await deliver(db, probe.on_thing_copied, ThingMovedV1(thing_id=thing, step=version), version=version)
        for version in (2, 1, 2, 3)
    ]
    assert outcomes == ["handled", "stale", "handled", "handled"]
    async with db.read() as session:
        assert (await session.execute(text("select step from thing_copy"))).scalar_one() == 3


async def test_versions_are_kept_per_subject(db: Database):
    for _ in range(2):
        assert await deliver(db, probe.on_thing_copied, ThingMovedV1(thing_id=uuid4(), step=1)) == "handled"


async def test_a_failing_handler_leaves_nothing_behind(db: Database):
    @consumes(ThingMovedV1)
    async def fails(session: WriteSession, event: Received[ThingMovedV1]) -> None:
        await probe.on_thing_event(session, event)
        raise Transient("later")

    payload, event_id = ThingMovedV1(thing_id=uuid4(), step=1), uuid4()
    with pytest.raises(Transient):
        await deliver(db, fails, payload, event_id=event_id)
    assert await effects(db) == []
    assert await drain_outbox(db) == []
    assert await deliver(db, probe.on_thing_event, payload, event_id=event_id) == "handled"


async def test_an_invalid_payload_is_permanent_and_names_the_field_only(db: Database):
    event = Envelope.of(ThingMovedV1(thing_id=uuid4(), step=1), version=1)
    broken = event.model_copy(update={"data": {"thing_id": "secret text", "step": 1}})
    with pytest.raises(Permanent, match="thing_id") as caught:
        await handle(db, "counter.effects", probe.on_thing_event, broken)
    assert "secret" not in str(caught.value)


@pytest.mark.failure("NEWER-SCHEMA")
async def test_an_unknown_field_is_ignored(db: Database):
    event = Envelope.of(ThingMovedV1(thing_id=uuid4(), step=1), version=1)
    newer = event.model_copy(update={"data": {**event.data, "colour": "red"}})
    assert await handle(db, "counter.effects", probe.on_thing_event, newer) == "handled"


async def test_one_handler_takes_several_types_and_sees_the_context(db: Database):
    seen: list[tuple[type, object]] = []

    @consumes(ThingMovedV1, ThingPausedV1)
    async def note(session: WriteSession, event: Received[ThingMovedV1 | ThingPausedV1]) -> None:
        seen.append((type(event.data), event.context))

    await deliver(db, note, ThingMovedV1(thing_id=uuid4(), step=1), context="runtime")
    await deliver(db, note, ThingPausedV1(thing_id=uuid4(), step=1), context="runtime")
    assert seen == [(ThingMovedV1, "runtime"), (ThingPausedV1, "runtime")]


def test_a_queue_refuses_bindings_without_handlers_and_double_handlers():
    with pytest.raises(ValueError, match="bound and handled"):
        Queue("counter.effects", handlers=[probe.on_thing_event], binds=[ThingMovedV1, ThingMovedV2])
    with pytest.raises(ValueError, match="two handlers"):
        Queue("counter.effects", handlers=[probe.on_thing_event, probe.on_thing_copied])


@pytest.mark.parametrize("name", ["counter", "counter.parking", "counter.retry.10s", ".x"])
def test_a_queue_refuses_names_the_topology_uses_itself(name: str):
    with pytest.raises(ValueError, match="is not <consumer>"):
        Queue(name, handlers=[])


def test_a_queue_belongs_to_its_service():
    with pytest.raises(ValueError, match="listed under"):
        Topology({"probe": probe.queues("counter")})
