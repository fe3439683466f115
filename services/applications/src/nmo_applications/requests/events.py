"""Moves of requests as events: ids and states, never words; requests of guests tell nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from nmo_applications.requests.rules import Action
from nmo_applications.requests.tables import SupportChange, SupportRequest
from nmo_contracts import applications as contracts
from nmo_contracts.base import EventPayload


def moved(row: SupportRequest, action: Action, at: datetime) -> EventPayload | None:
    """What others hear of a move, after the row was changed; None when it concerns nobody else."""
    if row.person_id is None:
        return None
    common: dict[str, Any] = {
        "request_id": row.id,
        "number": row.number,
        "kind": str(row.kind),
        "person_id": row.person_id,
        "occurred_at": at,
    }
    if action is Action.OPEN:
        return contracts.RequestOpenedV1(**common, due_at=row.due_at)
    if action in {Action.ANSWER, Action.NOT_APPLIED}:
        return contracts.RequestAnsweredV1(**common)
    if row.closed_at is not None:
        return contracts.RequestClosedV1(**common, result=cast("contracts.RequestResult", row.result))
    return None


def approved(row: SupportRequest, change: SupportChange, at: datetime) -> contracts.ChangeApprovedV1:
    """Two employees agree: identity carries it out."""
    if row.person_id is None or change.proposed_by is None or change.decided_by is None:
        raise ValueError("a change needs an owner, a proposer and an approver")
    return contracts.ChangeApprovedV1(
        request_id=row.id,
        number=row.number,
        person_id=row.person_id,
        proposed_by=change.proposed_by,
        approved_by=change.decided_by,
        approved_at=at,
    )
