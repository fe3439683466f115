"""From a row of an application to the event that tells of its move."""

from datetime import datetime
from typing import Any

from nmo_applications.enrolment.rules import Action
from nmo_applications.enrolment.tables import Application
from nmo_contracts import applications as contracts
from nmo_contracts.base import EventPayload

_PLAIN: dict[Action, type[EventPayload]] = {
    Action.SUBMIT: contracts.ApplicationSubmittedV1,
    Action.CONFIRM: contracts.ApplicationConfirmedV1,
    Action.REQUEST_DOCUMENTS: contracts.ApplicationDocumentsRequestedV1,
    Action.ENROL: contracts.ApplicationEnrolledV1,
    Action.FAIL: contracts.ApplicationFailedV1,
    Action.WITHDRAW: contracts.ApplicationWithdrawnV1,
    Action.DELETE: contracts.ApplicationDeletedV1,
}


def drafted(row: Application, at: datetime) -> EventPayload:
    """The application exists."""
    return contracts.ApplicationDraftedV1(**_common(row, at))


def moved(row: Application, action: Action, at: datetime) -> EventPayload:
    """What `action` made of the application, after the row was changed."""
    if action in {Action.REJECT, Action.REFUSE_SEAT}:
        return contracts.ApplicationRejectedV1(**_common(row, at), reason_code=row.reason_code or "rejected")
    if action is Action.COMPLETE:
        return contracts.ApplicationCompletedV1(
            **_common(row, at),
            zet=row.credited_zet,
            completed_on=row.completed_on,
            certificate_number=row.certificate_number,
        )
    return _PLAIN[action](**_common(row, at))


def _common(row: Application, at: datetime) -> dict[str, Any]:
    return {
        "application_id": row.id,
        "number": row.number,
        "person_id": row.person_id,
        "cycle_id": row.cycle_id,
        "plan_item_id": row.plan_item_id,
        "element_id": row.element_id,
        "organization_id": row.organization_id,
        "occurred_at": at,
    }
