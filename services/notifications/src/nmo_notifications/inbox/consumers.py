"""Events of the other services become messages."""

from typing import Any
from uuid import UUID

from nmo_contracts import applications, cycles, identity, registry
from nmo_contracts.base import EventPayload
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Handler, Received, consumes
from nmo_notifications.inbox.commands import notify
from nmo_notifications.inbox.rules import KIND_OF, params_of
from nmo_notifications.programmes.queries import element_copy

_PAYLOADS: tuple[type[EventPayload], ...] = (
    applications.ApplicationSubmittedV1,
    applications.ApplicationConfirmedV1,
    applications.ApplicationRejectedV1,
    applications.ApplicationDocumentsRequestedV1,
    applications.ApplicationEnrolledV1,
    applications.ApplicationCompletedV1,
    applications.ApplicationFailedV1,
    applications.ApplicationWithdrawnV1,
    cycles.CycleConfirmedV1,
    cycles.CreditRecordedV1,
    cycles.ThresholdReachedV1,
    identity.ConsentGrantedV1,
    identity.ConsentWithdrawnV1,
    identity.PersonMismatchedV1,
    identity.MatchCorrectedV1,
    applications.RequestOpenedV1,
    applications.RequestAnsweredV1,
    applications.RequestClosedV1,
    registry.DocumentSentV1,
    registry.DocumentMovedV1,
    registry.DocumentReplacedV1,
)


_LATEST: tuple[type[EventPayload], ...] = (cycles.CycleDocumentLostV1, cycles.CycleDocumentFoundV1)


async def _tell(session: WriteSession, event: Received[EventPayload]) -> None:
    """Write the message that belongs to the event; names of programmes come from the catalogue's copy."""
    data: dict[str, Any] = event.data.model_dump(mode="json")
    params = params_of(data)
    if data.get("element_id"):
        element = await element_copy(session, UUID(data["element_id"]))
        if element is not None:
            params |= {"programme": element.title, "organization": element.organization_name}
    await notify(
        session,
        person_id=UUID(data["person_id"]),
        event_id=event.envelope.id,
        kind=KIND_OF[event.envelope.type_name],
        params=params,
        now=clock.now(),
    )


on_told_event: Handler[EventPayload] = consumes(*_PAYLOADS)(_tell)
"""One handler for all kinds: they differ by template, not by code."""
on_cycle_document: Handler[EventPayload] = consumes(*_LATEST, skip_stale=True)(_tell)
"""The same where the last word counts: a loss that comes after its end is not told any more."""
