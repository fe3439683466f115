"""Moves of applications: shown at the plan item, confirming the cycle, credited in the ledger."""

from __future__ import annotations

from typing import Any

from nmo_contracts.applications import (
    ApplicationCompletedV1,
    ApplicationConfirmedV1,
    ApplicationDeletedV1,
    ApplicationDocumentsRequestedV1,
    ApplicationDraftedV1,
    ApplicationEnrolledV1,
    ApplicationFailedV1,
    ApplicationRejectedV1,
    ApplicationSubmittedV1,
    ApplicationWithdrawnV1,
)
from nmo_cycles.applications.commands.keep import keep_application
from nmo_cycles.applications.rules import status_of
from nmo_cycles.cycles.commands.confirm import confirm_cycle
from nmo_cycles.cycles.queries import cycle_for_update
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.elements.queries import element_copy
from nmo_cycles.ledger.commands.credit import Achievement, record_credit
from nmo_cycles.ledger.rules import application_source
from nmo_cycles.plan.queries import plan_item
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Permanent, Received, Transient, consumes


@consumes(
    ApplicationDraftedV1,
    ApplicationSubmittedV1,
    ApplicationDocumentsRequestedV1,
    ApplicationRejectedV1,
    ApplicationEnrolledV1,
    ApplicationFailedV1,
    ApplicationWithdrawnV1,
    ApplicationDeletedV1,
)
async def on_application_moved(session: WriteSession, event: Received[Any]) -> None:
    """Show the new state at the plan item."""
    await _keep(session, event)


@consumes(ApplicationConfirmedV1)
async def on_application_confirmed(session: WriteSession, event: Received[ApplicationConfirmedV1]) -> None:
    """The first confirmed application confirms the cycle with it (CYC-05)."""
    cycle = await _cycle(session, event.data)
    await confirm_cycle(
        session,
        cycle,
        organization_id=event.data.organization_id,
        confirmed_at=event.data.occurred_at,
        causation=event.envelope,
    )
    await _keep(session, event)


@consumes(ApplicationCompletedV1)
async def on_application_completed(session: WriteSession, event: Received[ApplicationCompletedV1]) -> None:
    """Credit the programme, once (APP-08)."""
    data = event.data
    cycle = await _cycle(session, data)
    element = await element_copy(session, data.element_id)
    if element is None:
        raise Transient("the element's card has not come yet")
    achievement = Achievement(
        plan_item_id=data.plan_item_id,
        element_id=data.element_id,
        kind=element.kind,
        title=element.title,
        zet=data.zet,
        earned_on=data.completed_on,
        source=application_source(data.application_id),
    )
    try:
        await record_credit(
            session, cycle, achievement, now=clock.now(), today=clock.today(), causation=event.envelope
        )
    except ValueError as error:
        raise Permanent(str(error)) from error
    await _keep(session, event)


async def _cycle(session: WriteSession, data: ApplicationConfirmedV1 | ApplicationCompletedV1) -> Cycle:
    """The cycle of the application, locked; the plan item must be known, and of this cycle and person."""
    item = await plan_item(session, data.plan_item_id)
    cycle = await cycle_for_update(session, data.cycle_id)
    if item is None or cycle is None:
        raise Transient("the plan item is not known yet")
    if item.cycle_id != cycle.id or cycle.person_id != data.person_id:
        raise Permanent("the application does not belong to the cycle")
    return cycle


async def _keep(session: WriteSession, event: Received[Any]) -> None:
    await keep_application(
        session,
        event.data,
        status=status_of(event.envelope.type_name),
        version=event.envelope.subjectversion,
        updated_at=clock.now(),
    )
