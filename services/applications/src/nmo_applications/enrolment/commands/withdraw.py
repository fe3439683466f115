"""The person takes the application back."""

from datetime import datetime
from uuid import UUID

from nmo_applications.enrolment.commands.move import move
from nmo_applications.enrolment.queries import Viewed, own_application
from nmo_applications.enrolment.rules import Action, Actor
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def withdraw_application(
    session: WriteSession, application_id: UUID, *, viewer: Principal, reason: str | None, now: datetime
) -> Viewed:
    """Withdraw before enrolment; a held seat is released by the catalogue after the `withdrawn` event.

    Raises:
        NotFound: no such application of the viewer.
        IllegalMove: it is enrolled, finished, or gone.
    """
    viewed = await own_application(session, application_id, viewer=viewer, lock=True)
    await move(session, viewed.row, Action.WITHDRAW, by=viewer, role=Actor.SPECIALIST, now=now, reason=reason)
    return viewed
