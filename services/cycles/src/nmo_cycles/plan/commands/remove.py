"""Taking an element out of a plan."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_cycles.applications.queries import applications_of_items
from nmo_cycles.applications.rules import IN_WORK
from nmo_cycles.cycles.queries import cycle_of_for_update
from nmo_cycles.ledger.queries import results_of
from nmo_cycles.plan import events, queries
from nmo_cycles.plan.errors import PlanItemInUse
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.errors import NotFound
from nmo_kit.messaging import outbox
from nmo_kit.principal import Principal


async def remove_item(
    session: WriteSession, cycle_id: UUID, plan_item_id: UUID, *, viewer: Principal, now: datetime
) -> None:
    """Take an element out of the plan while no organisation counts on the person and nothing is credited.

    Tells `cycles.plan_item.removed` and writes the journal.

    Raises:
        NotFound: no such item in such a cycle of the viewer.
        PlanItemInUse: its application is in work, or its result is in the ledger.
    """
    cycle = await cycle_of_for_update(session, cycle_id, viewer=viewer)
    item = await queries.plan_item(session, plan_item_id)
    if item is None or item.cycle_id != cycle.id or item.removed_at is not None:
        raise NotFound
    application = (await applications_of_items(session, [item.id])).get(item.id)
    in_work = application is not None and application.status in IN_WORK
    if in_work or item.id in await results_of(session, cycle.id):
        raise PlanItemInUse
    item.removed_at = now
    await outbox.add(session, events.removed(item, cycle), version=cycle.next_version())
    await journal.record(
        session,
        actor=viewer,
        action="cycles.plan.remove",
        object_=f"plan_item/{item.id}",
        person_id=viewer.person_id,
    )
