"""«Удалить заявку»: out of sight, never out of the table (APP-07)."""

from datetime import datetime
from uuid import UUID

from nmo_applications.enrolment.commands.move import move
from nmo_applications.enrolment.errors import IllegalMove
from nmo_applications.enrolment.queries import own_application
from nmo_applications.enrolment.rules import Action, Actor, is_possible
from nmo_applications.enrolment.tables import Application
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope
from nmo_kit.principal import Principal


async def remove_own_application(
    session: WriteSession, application_id: UUID, *, viewer: Principal, now: datetime
) -> None:
    """Delete the viewer's application; a held seat is released by the catalogue after the `deleted` event.

    Raises:
        NotFound: no such application of the viewer.
        IllegalMove: the organisation has taken it on, or it is deleted already.
    """
    viewed = await own_application(session, application_id, viewer=viewer, lock=True)
    await remove_application(session, viewed.row, by=viewer, role=Actor.SPECIALIST, now=now)


async def remove_application(
    session: WriteSession,
    row: Application,
    *,
    by: Principal | str,
    role: Actor,
    now: datetime,
    reason: str | None = None,
    causation: Envelope | None = None,
) -> None:
    """Mark a locked application deleted, with history, journal and event.

    Raises:
        IllegalMove: it may not be deleted in its present status.
    """
    if not is_possible(row.status, Action.DELETE, deleted=row.deleted, seat=row.seat):
        raise IllegalMove(row.status, Action.DELETE, deleted=row.deleted)
    kept = row.reason, row.reason_code
    await move(session, row, Action.DELETE, by=by, role=role, now=now, reason=reason, causation=causation)
    row.reason, row.reason_code = kept
    row.deleted_at = now
