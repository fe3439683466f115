"""Many people, few seats, at the same time."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from nmo_catalog.elements.tables import Element
from nmo_catalog.seats.commands.hold import hold_seat
from nmo_catalog.seats.commands.release import release_seat
from nmo_catalog.seats.rules import HoldState
from nmo_kit import clock
from nmo_testkit import drain_outbox

TRIES = 1000
SEATS = 30
CONNECTIONS = 10


async def state_of(db, element):
    async with db.read() as session:
        row = await session.get_one(Element, element.id)
        holds = await session.execute(text("select state, count(*) from seat_hold group by state"))
        return row.seats_held, dict(holds.tuples().all())


@pytest.mark.req("CAT-07", "T17")
async def test_a_thousand_tries_for_thirty_seats_hold_exactly_thirty(db, publish):
    (element,) = await publish({"seats_total": SEATS})
    await drain_outbox(db)
    # As many at once as there are connections; the rest wait for one, as requests do.
    gate = asyncio.Semaphore(CONNECTIONS)

    async def attempt():
        async with gate, db.write() as session:
            return await hold_seat(
                session,
                uuid4(),
                element.id,
                application_version=2,
                person_id=uuid4(),
                today=clock.today(),
                now=clock.now(),
            )

    results = Counter(await asyncio.gather(*[attempt() for _ in range(TRIES)]))
    assert results == {HoldState.HELD: SEATS, HoldState.REFUSED: TRIES - SEATS}
    assert await state_of(db, element) == (SEATS, {"held": SEATS, "refused": TRIES - SEATS})
    told = Counter(event.type_name for event in await drain_outbox(db))
    assert told == {"catalog.seat.held.v1": SEATS, "catalog.seat.refused.v1": TRIES - SEATS}


@pytest.mark.req("CAT-07")
async def test_holding_and_releasing_at_once_keeps_the_count_true(db, publish):
    (element,) = await publish({"seats_total": 5})
    applications = [uuid4() for _ in range(12)]

    async def live(application_id):
        version = 1
        for _ in range(6):
            version += 1
            async with db.write() as session:
                values = {"application_version": version, "person_id": uuid4(), "now": clock.now()}
                if version % 2:
                    await release_seat(session, application_id, element.id, **values)
                else:
                    await hold_seat(session, application_id, element.id, today=clock.today(), **values)

    await asyncio.gather(*[live(application_id) for application_id in applications])
    counted, states = await state_of(db, element)
    assert counted == states.get("held", 0) <= 5


@pytest.mark.req("CAT-07", "T17")
async def test_the_database_itself_refuses_an_oversold_row(db, publish):
    (element,) = await publish({"seats_total": 1})
    with pytest.raises(IntegrityError):
        async with db.write() as session:
            await session.execute(
                text("update element set seats_held = 2 where id = :id"), {"id": element.id}
            )
