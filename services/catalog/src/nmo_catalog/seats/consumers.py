"""What the catalogue does when applications move."""

from __future__ import annotations

from typing import Any

from nmo_catalog.seats.commands.hold import hold_seat
from nmo_catalog.seats.commands.release import release_seat
from nmo_contracts.applications import (
    ApplicationDeletedV1,
    ApplicationFailedV1,
    ApplicationRejectedV1,
    ApplicationSubmittedV1,
    ApplicationWithdrawnV1,
)
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes

Ended = ApplicationRejectedV1 | ApplicationWithdrawnV1 | ApplicationDeletedV1 | ApplicationFailedV1


@consumes(ApplicationSubmittedV1)
async def on_application_submitted(session: WriteSession, event: Received[ApplicationSubmittedV1]) -> None:
    """Hold a seat or refuse."""
    await hold_seat(
        session,
        event.data.application_id,
        event.data.element_id,
        application_version=event.envelope.subjectversion,
        person_id=event.data.person_id,
        today=clock.today(),
        now=clock.now(),
        causation=event.envelope,
    )


@consumes(ApplicationRejectedV1, ApplicationWithdrawnV1, ApplicationDeletedV1, ApplicationFailedV1)
async def on_application_ended(session: WriteSession, event: Received[Any]) -> None:
    """Free the seat."""
    data: Ended = event.data
    await release_seat(
        session,
        data.application_id,
        data.element_id,
        application_version=event.envelope.subjectversion,
        person_id=data.person_id,
        now=clock.now(),
        causation=event.envelope,
    )
