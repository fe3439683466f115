"""Internal events feed the consents and the partners' logs."""

from datetime import datetime
from uuid import UUID

from nmo_contracts import applications, cycles
from nmo_contracts.base import EventPayload
from nmo_contracts.identity import ConsentGrantedV1, ConsentWithdrawnV1
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Handler, Received, consumes
from nmo_notifications.partners.commands.withdraw_consent import forget_person
from nmo_notifications.partners.projection import project_event
from nmo_notifications.partners.queries import consent_row
from nmo_notifications.partners.tables import IdentityConsentCopy

_PAYLOADS: tuple[type[EventPayload], ...] = (
    applications.ApplicationSubmittedV1,
    applications.ApplicationConfirmedV1,
    applications.ApplicationRejectedV1,
    applications.ApplicationDocumentsRequestedV1,
    applications.ApplicationEnrolledV1,
    applications.ApplicationCompletedV1,
    applications.ApplicationFailedV1,
    applications.ApplicationWithdrawnV1,
    applications.ApplicationDeletedV1,
    cycles.CycleOpenedV1,
    cycles.CycleConfirmedV1,
    cycles.CycleClosedV1,
    cycles.CreditRecordedV1,
)


async def _project(session: WriteSession, event: Received[EventPayload]) -> None:
    """Put the event into the logs of the partners that want it and may have it."""
    runtime = event.context
    await project_event(
        session,
        event.envelope,
        cipher=runtime.extras["cipher"],
        public_url=runtime.settings.public_url,
        now=clock.now(),
    )


on_public_fact: Handler[EventPayload] = consumes(*_PAYLOADS)(_project)
"""One handler for all: the projection is a table of rules."""


@consumes(ConsentGrantedV1)
async def on_consent_granted(session: WriteSession, event: Received[ConsentGrantedV1]) -> None:
    """From now on partners may hear of the person."""
    await _note(session, event.data.person_id, granted=True, at=event.data.granted_at)


@consumes(ConsentWithdrawnV1)
async def on_consent_withdrawn(session: WriteSession, event: Received[ConsentWithdrawnV1]) -> None:
    """Partners hear nothing more: logged bodies are emptied, waiting deliveries dropped."""
    if await _note(session, event.data.person_id, granted=False, at=event.data.withdrawn_at):
        await forget_person(session, event.data.person_id)


async def _note(session: WriteSession, person_id: UUID, *, granted: bool, at: datetime) -> bool:
    """Keep the newer of two answers, in whatever order they come; true if this one is it."""
    row = await consent_row(session, person_id)
    if row is None:
        session.add(IdentityConsentCopy(person_id=person_id, granted=granted, at=at))
        return True
    if row.at > at:
        return False
    row.granted, row.at = granted, at
    return True
