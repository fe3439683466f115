"""Internal events feed the partners' logs."""

from nmo_contracts import applications, cycles
from nmo_contracts.base import EventPayload
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Handler, Received, consumes
from nmo_notifications.partners.projection import project_event

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
