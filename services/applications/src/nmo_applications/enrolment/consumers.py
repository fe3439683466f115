"""Events of cycles and of the catalogue that make and move applications."""

from typing import Any
from uuid import UUID

from nmo_applications.enrolment import texts
from nmo_applications.enrolment.commands.draft import draft_application
from nmo_applications.enrolment.commands.move import move
from nmo_applications.enrolment.commands.remove import remove_application
from nmo_applications.enrolment.queries import (
    application_for_system,
    application_of_plan_item,
    is_plan_item_removed,
)
from nmo_applications.enrolment.rules import Action, Actor, Seat, Status, is_possible
from nmo_applications.enrolment.tables import Application, RemovedPlanItem
from nmo_applications.programmes.queries import element_copy
from nmo_contracts.catalog import SeatHeldV1, SeatRefusedV1, SeatReleasedV1
from nmo_contracts.cycles import PlanItemAddedV1, PlanItemRemovedV1
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, Transient, consumes

BY = "worker.enrolment"


@consumes(PlanItemAddedV1)
async def on_plan_item_added(session: WriteSession, event: Received[PlanItemAddedV1]) -> None:
    """A programme in the plan drafts an application; events and modules need none (APP-01)."""
    data = event.data
    if data.element_kind != "programme" or await is_plan_item_removed(session, data.plan_item_id):
        return
    if await application_of_plan_item(session, data.plan_item_id) is not None:
        return
    if await element_copy(session, data.element_id) is None:
        raise Transient("the programme's card has not come yet")
    await draft_application(session, event, now=clock.now())


@consumes(PlanItemRemovedV1)
async def on_plan_item_removed(session: WriteSession, event: Received[PlanItemRemovedV1]) -> None:
    """An application that lost its place in the plan is withdrawn, a mere draft is deleted."""
    row = await application_of_plan_item(session, event.data.plan_item_id)
    if row is None:
        if not await is_plan_item_removed(session, event.data.plan_item_id):
            session.add(RemovedPlanItem(plan_item_id=event.data.plan_item_id))
        return
    told: dict[str, Any] = {
        "by": BY,
        "role": Actor.SYSTEM,
        "now": clock.now(),
        "reason": "Программа удалена из индивидуального плана",
        "causation": event.envelope,
    }
    if row.status is Status.DRAFT and not row.deleted:
        await remove_application(session, row, **told)
    elif is_possible(row.status, Action.WITHDRAW, deleted=row.deleted, seat=row.seat):
        await move(session, row, Action.WITHDRAW, **told)


@consumes(SeatHeldV1, skip_stale=True)
async def on_seat_held(session: WriteSession, event: Received[SeatHeldV1]) -> None:
    """A seat is held: the organisation may confirm."""
    await _note_seat(session, event.data.application_id, Seat.HELD)


@consumes(SeatReleasedV1, skip_stale=True)
async def on_seat_released(session: WriteSession, event: Received[SeatReleasedV1]) -> None:
    """The seat is free again."""
    await _note_seat(session, event.data.application_id, Seat.RELEASED)


@consumes(SeatRefusedV1, skip_stale=True)
async def on_seat_refused(session: WriteSession, event: Received[SeatRefusedV1]) -> None:
    """No seat: an application that is still being looked at is rejected, and its person told why."""
    row = await _note_seat(session, event.data.application_id, Seat.REFUSED)
    if row is None or not is_possible(row.status, Action.REFUSE_SEAT, deleted=row.deleted, seat=row.seat):
        return
    await move(
        session,
        row,
        Action.REFUSE_SEAT,
        by=BY,
        role=Actor.SYSTEM,
        now=clock.now(),
        reason=texts.seat_refusal_text(event.data.reason),
        reason_code=event.data.reason,
        causation=event.envelope,
    )


async def _note_seat(session: WriteSession, application_id: UUID, seat: Seat) -> Application | None:
    row = await application_for_system(session, application_id)
    if row is not None:
        row.seat = seat
        row.version += 1
        row.updated_at = clock.now()
    return row
