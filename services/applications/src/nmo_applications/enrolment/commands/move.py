"""One move of the state machine with all that belongs to it: row, history, journal, event."""

from datetime import datetime

from nmo_applications.enrolment import events
from nmo_applications.enrolment.errors import IllegalMove
from nmo_applications.enrolment.rules import Action, Actor, IllegalMoveError, next_status, seat_after
from nmo_applications.enrolment.tables import Application, ApplicationMove
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope, outbox
from nmo_kit.principal import Principal


async def move(
    session: WriteSession,
    row: Application,
    action: Action,
    *,
    by: Principal | str,
    role: Actor,
    now: datetime,
    reason: str | None = None,
    reason_code: str | None = None,
    causation: Envelope | None = None,
) -> None:
    """Move a locked application and tell everybody (APP-06).

    Changes the row and its version, adds a line of history, a journal row and the event, all in the session's
    transaction.

    Raises:
        IllegalMove: the table has no such move, or the application is deleted.
    """
    before = row.status
    if row.deleted:
        raise IllegalMove(before, action, deleted=True)
    try:
        row.status = before if action is Action.DELETE else next_status(before, action)
    except IllegalMoveError:
        raise IllegalMove(before, action) from None
    row.seat = seat_after(action, row.seat)
    row.reason, row.reason_code = reason, reason_code
    row.version += 1
    row.updated_at = now
    actor = by.sub if isinstance(by, Principal) else by
    session.add(
        ApplicationMove(
            application_id=row.id,
            at=now,
            action=action,
            from_status=before,
            to_status=row.status,
            actor=actor,
            actor_role=role,
            reason=reason,
        )
    )
    await journal.record(
        session,
        actor=by,
        action=f"applications.application.{action}",
        object_=f"application/{row.id}",
        person_id=row.person_id,
    )
    await outbox.add(session, events.moved(row, action, now), version=row.version, causation=causation)
