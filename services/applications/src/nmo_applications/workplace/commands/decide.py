"""What the organisation does with a submitted application, up to enrolment."""

from datetime import datetime
from uuid import UUID

from nmo_applications.enrolment.commands.move import move
from nmo_applications.enrolment.errors import ApplicantHidden, SeatPending
from nmo_applications.enrolment.queries import Viewed, submitted_application
from nmo_applications.enrolment.rules import MOVES, WITHOUT_CONSENT, Action, Actor, Seat
from nmo_contracts.purposes import ORGANISATION
from nmo_kit.consents import is_withdrawn
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def decide(
    session: WriteSession,
    application_id: UUID,
    act: Action,
    *,
    viewer: Principal,
    now: datetime,
    reason: str | None = None,
) -> Viewed:
    """Confirm, reject, ask for documents, or enrol; with the confirmation goes that of the cycle (by event).

    `reason` is what the person reads: why it is rejected, or which documents are wanted.

    Raises:
        NotFound: no such application of the viewer's organisation.
        ApplicantHidden: the person took the consent to the organisation back, and this is no rejection.
        SeatPending: a confirmation before the catalogue held a seat.
        IllegalMove: the state machine has no such move.
    """
    viewed = await submitted_application(session, application_id, viewer=viewer, lock=True)
    row = viewed.row
    if act is Action.CONFIRM and (row.status, act) in MOVES and row.seat is not Seat.HELD:
        raise SeatPending
    if act not in WITHOUT_CONSENT and await is_withdrawn(session, row.person_id, ORGANISATION):
        raise ApplicantHidden
    reason_code = "rejected_by_organization" if act is Action.REJECT else None
    await move(
        session, row, act, by=viewer, role=Actor.ORGANIZATION, now=now, reason=reason, reason_code=reason_code
    )
    return viewed
