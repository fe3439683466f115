"""Begin the destructions whose day has come."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from nmo_contracts.identity import PersonErasedV1
from nmo_identity.accounts.commands.close import close_account
from nmo_identity.accounts.events import publish
from nmo_identity.accounts.queries import accounts_of, person_for_update
from nmo_identity.erasure import queries
from nmo_identity.erasure.commands.erase_own import erase_own
from nmo_identity.erasure.rules import KEPT, OWN
from nmo_identity.erasure.tables import ErasureAnswer
from nmo_kit import failpoints, journal
from nmo_kit.db import Database, WriteSession

logger = structlog.get_logger(__name__)
BATCH = 20
ACTOR = "worker.erasure"


async def begin_due_erasures(db: Database, *, now: datetime) -> int:
    """Destroy what identity holds of each person whose term is over and tell all services; how many were begun."""
    async with db.read() as session:
        order_ids = await queries.due_order_ids(session, now, BATCH)
    begun = 0
    for order_id in order_ids:
        async with db.write() as session:
            begun += await _begin(session, order_id, now)
    return begun


async def _begin(session: WriteSession, order_id: UUID, now: datetime) -> bool:
    """One destruction in one transaction: own rows, answer, event, journal. A new consent has called it off before."""
    found = await queries.order_for_update(session, order_id)
    if found is None or found.state != "due":
        return False
    person = await person_for_update(session, found.person_id)
    found.state, found.begun_at = "running", now
    session.add(found)
    await publish(session, person, PersonErasedV1(person_id=person.id, order_id=found.id, erased_at=now))
    for account in await accounts_of(session, person.id):
        await close_account(session, account, reason="erased", by=ACTOR, now=now)
    await session.flush()
    session.expunge_all()
    destroyed = await erase_own(session, found.person_id)
    session.add(
        ErasureAnswer(
            order_id=found.id,
            service=OWN,
            destroyed={name: count for name, count in destroyed.items() if count},
            kept=KEPT,
            at=now,
        )
    )
    await journal.record(
        session,
        actor=ACTOR,
        action="erasure.begun",
        object_=f"erasure/{found.id}",
        person_id=person.id,
        reason=found.reason,
        fields=sorted(name for name, count in destroyed.items() if count),
    )
    await failpoints.hit("identity.erasure.begun")
    logger.info("erasure_begun", order=str(order_id))
    return True
