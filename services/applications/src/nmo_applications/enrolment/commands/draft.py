"""A chosen programme becomes an application with its number (APP-01)."""

from datetime import datetime

from sqlalchemy import text

from nmo_applications.enrolment import events
from nmo_applications.enrolment.rules import Actor, application_number
from nmo_applications.enrolment.tables import Application, ApplicationMove
from nmo_contracts.cycles import PlanItemAddedV1
from nmo_kit import clock, journal
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, outbox

_NEXT_NUMBER = text(
    "insert into application_number as counter (year, last) values (:year, 1) "
    "on conflict (year) do update set last = counter.last + 1 returning last"
)
BY = "worker.enrolment"


async def take_number(session: WriteSession, now: datetime) -> str:
    """The next number of the year in Moscow.

    The counter's row lock is held until the transaction ends, so a number of a transaction that fails is given to the
    next one: numbers are unique and leave no gaps.
    """
    year = now.astimezone(clock.MOSCOW).year
    sequence: int = (await session.execute(_NEXT_NUMBER, {"year": year})).scalar_one()
    return application_number(sequence, year)


async def draft_application(
    session: WriteSession, event: Received[PlanItemAddedV1], *, now: datetime
) -> Application:
    """Create the application of a plan item: row, first line of history, journal row, `drafted` event."""
    data = event.data
    row = Application(
        number=await take_number(session, now),
        person_id=data.person_id,
        cycle_id=data.cycle_id,
        plan_item_id=data.plan_item_id,
        element_id=data.element_id,
        organization_id=data.organization_id,
        specialty_key=data.specialty_key,
        specialty_name=data.specialty_name,
        specialty_version=data.specialty_version,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    session.add(
        ApplicationMove(
            application_id=row.id,
            at=now,
            action="draft",
            from_status=None,
            to_status=row.status,
            actor=BY,
            actor_role=Actor.SYSTEM,
        )
    )
    await journal.record(
        session,
        actor=BY,
        action="applications.application.draft",
        object_=f"application/{row.id}",
        person_id=row.person_id,
    )
    await outbox.add(session, events.drafted(row, now), version=row.version, causation=event.envelope)
    return row
