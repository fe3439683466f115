"""Putting an element into a plan."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from nmo_cycles.cycles.errors import CycleClosed
from nmo_cycles.cycles.queries import cycle_of_for_update
from nmo_cycles.elements.queries import element_copy
from nmo_cycles.plan import events, queries
from nmo_cycles.plan.errors import BY_REFUSAL, AlreadyInPlan, ElementUnavailable
from nmo_cycles.plan.rules import refusal
from nmo_cycles.plan.tables import PlanItem
from nmo_cycles.reference.queries import successors
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox
from nmo_kit.principal import Principal


async def choose_element(
    session: WriteSession,
    cycle_id: UUID,
    element_id: UUID,
    *,
    viewer: Principal,
    now: datetime,
    today: date,
) -> queries.PlanRow:
    """Put a published element of the cycle's specialty, or of what it became, into the plan (CYC-06, FRM-07).

    Tells `cycles.plan_item.added`, from which a programme gets its application, and writes the journal.

    Raises:
        NotFound: no such cycle of the viewer.
        CycleClosed: the cycle is over.
        AlreadyInPlan: it is in the plan.
        Conflict: the element does not fit; the class says why.
    """
    cycle = await cycle_of_for_update(session, cycle_id, viewer=viewer)
    if cycle.is_closed(today):
        raise CycleClosed
    element = await element_copy(session, element_id)
    if element is None:
        raise ElementUnavailable
    if await queries.is_chosen(session, cycle.id, element_id):
        raise AlreadyInPlan
    became = await successors(session, [cycle.specialty_key])
    reason = refusal(
        cycle.specialty_key,
        cycle.ends_on,
        element_keys=element.specialty_keys,
        successors=became.get(cycle.specialty_key, ()),
        element_starts_on=element.starts_on,
        archived=element.archived,
        today=today,
    )
    if reason is not None:
        raise BY_REFUSAL[reason]
    item = PlanItem(cycle_id=cycle.id, element_id=element_id, added_at=now)
    session.add(item)
    await outbox.add(session, events.added(item, cycle, element), version=cycle.next_version())
    await journal.record(
        session,
        actor=viewer,
        action="cycles.plan.choose",
        object_=f"plan_item/{item.id}",
        person_id=viewer.person_id,
    )
    return queries.PlanRow(item, element, None, None, None)
