"""Cycles, applications and notifications of many people, written set by set by the database itself.

A person has one cycle, four chosen elements with an application each, four credits and four messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg

from nmo_applications.documents.queries import by_code, edition
from nmo_applications.enrolment import queries as enrolment
from nmo_cycles.cycles import queries as cycles
from nmo_cycles.ledger.queries import entries_of
from nmo_cycles.plan.queries import is_chosen, plan_of
from nmo_kit import clock
from nmo_kit.db import Database
from nmo_kit.principal import Principal
from nmo_notifications.delivery import queries as delivery
from nmo_notifications.inbox import queries as inbox
from nmo_notifications.partners import queries as partners
from tests.size.journeys_sql import APPLICATIONS, CYCLES, EACH, ID_FUNCTION, NOTIFICATIONS, Kind, made_id

STATEMENTS = {"nmo_cycles": CYCLES, "nmo_applications": APPLICATIONS, "nmo_notifications": NOTIFICATIONS}


async def load(package: str, url: str, people: int) -> int:
    """Fill one service's migrated database; returns the number of people."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(ID_FUNCTION)
        for statement in STATEMENTS[package]:
            await _write(connection, statement, people)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()
    return people


async def _write(connection: asyncpg.Connection, statement: str, people: int) -> None:
    values: Sequence[object] = (people,) if "$1" in statement else ()
    await connection.execute(statement, *values)


def _viewer(number: int) -> Principal:
    person = made_id(Kind.PERSON, number)
    return Principal(sub=str(person), roles=frozenset({"specialist"}), specialist_id=person)


_STAFF = Principal(
    sub=str(made_id(Kind.PERSON, 0)),
    roles=frozenset({"org_staff"}),
    organization_id=made_id(Kind.ORGANIZATION, 1),
)


async def ask_cycles(database: Database) -> None:
    """A person's cycles with plan, ledger and sums; what events and the nightly job look for."""
    viewer, cycle_id = _viewer(77), made_id(Kind.CYCLE, 77)
    async with database.write() as session:
        own = await cycles.cycles_of(session, viewer=viewer)
        assert len(own) == 1
        await cycles.totals(session, own)
        await cycles.cycle_of_for_update(session, cycle_id, viewer=viewer)
        await cycles.running_cycles(session, viewer.person_id, "VO-027", today=clock.today())
        await cycles.stands_on(session, made_id(Kind.DOCUMENT, 77), viewer=viewer)
        assert await cycles.cycles_of_document(session, made_id(Kind.DOCUMENT, 77))
        await cycles.ended_cycles(session, today=clock.today(), limit=100)
        await cycles.is_used(session, cycle_id)
        assert await plan_of(session, cycle_id)
        await is_chosen(session, cycle_id, made_id(Kind.ELEMENT, 5))
        assert await entries_of(session, cycle_id, limit=26)


async def ask_applications(database: Database) -> None:
    """A person's list, an organisation's queue with its filters, a document by its code."""
    viewer, application_id = _viewer(77), made_id(Kind.APPLICATION, 78 * EACH - 1)
    mine = {"viewer": viewer, "deleted": False, "before": None, "limit": 26}
    theirs = {"viewer": _STAFF, "before": None, "limit": 26}
    async with database.write() as session:
        every = await enrolment.own_applications(
            session, plan_item_id=None, cycle_id=None, number=None, **mine
        )
        assert every
        await enrolment.own_applications(
            session, plan_item_id=made_id(Kind.ITEM, 310), cycle_id=None, number="NMO-0000310-2026", **mine
        )
        await enrolment.own_application(session, application_id, viewer=viewer, lock=True)
        assert await enrolment.queue(session, status=None, search=None, **theirs)
        await enrolment.queue(session, status="submitted", search="0000", **theirs)
        later = {**theirs, "before": made_id(Kind.APPLICATION, 5000)}
        await enrolment.queue(session, status="confirmed", search=None, **later)
        await enrolment.submitted_ids_by_number(
            session, {"NMO-0000061-2026", "NMO-0000121-2026"}, viewer=_STAFF
        )
        assert await enrolment.application_of_plan_item(session, made_id(Kind.ITEM, 310))
        await enrolment.history(session, application_id)
        await edition(session, application_id, kind="application", form_version=1, template_version=1)
        assert await by_code(session, "CODE-311")


async def ask_notifications(database: Database) -> None:
    """A person's messages, the stream's look, due letters, a partner's log."""
    viewer, person = _viewer(77), made_id(Kind.PERSON, 77)
    async with database.write() as session:
        assert await inbox.messages_of(session, viewer=viewer, before=None, limit=26)
        await inbox.unread_count(session, person)
        await inbox.unread_of(session, viewer=viewer, ids=None)
        await inbox.messages_after(session, person, made_id(Kind.MESSAGE, 308), limit=100)
        await inbox.recent_messages(
            session, [made_id(Kind.PERSON, n) for n in range(50)], seconds=5, limit=100
        )
        assert await delivery.claim_due(session, limit=10, lease_s=60)
        await delivery.attempts_of(session, made_id(Kind.JOB, 77))
        assert await partners.log_after(session, "partner-demo", 100, limit=100)
        await partners.log_event(session, "partner-demo", made_id(Kind.DOCUMENT, 77))
        since = datetime.now(UTC) - timedelta(hours=1)
        await partners.seq_before(session, "partner-demo", since)
        await partners.latest_entry_at(session, "partner-demo")
        await partners.consented(session, [made_id(Kind.PERSON, n) for n in range(50)])


ASKS = {
    "nmo_cycles": ask_cycles,
    "nmo_applications": ask_applications,
    "nmo_notifications": ask_notifications,
}
