"""From rows to what people see; what is sealed is opened here, for those who may read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession
from nmo_registry.own_documents import queries, schemas
from nmo_registry.own_documents.people import DocumentOwner
from nmo_registry.own_documents.rules import OF_EMPLOYEE, OF_OWNER, Action, State, allowed
from nmo_registry.own_documents.sealing import details_of, reason_of, words_of
from nmo_registry.own_documents.tables import OwnDocument

INNER: frozenset[str] = frozenset({Action.TAKE, Action.RELEASE})
"""Which of the employees works on it is not the owner's business."""


def item(row: OwnDocument, now: datetime) -> schemas.OwnItem:
    """A line of the owner's list."""
    return schemas.OwnItem(
        document_id=row.id,
        confirmed=row.state in {State.VERIFIED, State.REPLACED},
        late=_late(row, now),
        **_columns(
            row, "number kind state specialty_key specialty_name exam_on issued_on due_at replaced_by"
        ),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def sent(row: OwnDocument) -> schemas.Sent:
    """What a new document is known by."""
    return schemas.Sent.model_validate({"document_id": row.id, **_columns(row, "number state due_at")})


async def view(session: ReadSession, row: OwnDocument, cipher: FieldCipher, now: datetime) -> schemas.OwnView:
    """A document as its owner sees it."""
    details = details_of(cipher, row)
    lines = await queries.history(session, row.id)
    # A step that is nobody's business leaves no gap: the line before tells the same to the owner.
    history = [
        schemas.MoveView.model_validate(
            {
                "at": line.at,
                "action": line.action,
                "state": line.to_state,
                "role": line.actor_role,
                "words": words_of(cipher, line),
            }
        )
        for line in lines
        if line.action not in INNER
    ]
    return schemas.OwnView(
        **item(row, now).model_dump(),
        series=details.series,
        document_number=details.number,
        institution=details.institution,
        theme=details.theme,
        hours=details.hours,
        reason=reason_of(cipher, row),
        scans=[
            schemas.KeptScan(scan_id=scan.scan_id, media_type=scan.media_type, size_bytes=scan.size_bytes)
            for scan in await queries.scans(session, row.id)
        ],
        history=history,
        allowed=allowed(State(row.state), OF_OWNER),
    )


async def work_view(
    session: ReadSession, row: OwnDocument, owner: DocumentOwner | None, cipher: FieldCipher, now: datetime
) -> schemas.WorkView:
    """A document as the employee sees it who took it."""
    found = await view(session, row, cipher, now)
    return schemas.WorkView(
        **{**found.model_dump(), "allowed": allowed(State(row.state), OF_EMPLOYEE)},
        level=row.level,
        stage=row.stage,
        owner=None if owner is None else schemas.Owner(**owner.model_dump()),
    )


def queue_item(row: OwnDocument, now: datetime) -> schemas.QueueItem:
    """A line of the queue."""
    return schemas.QueueItem(
        document_id=row.id,
        late=_late(row, now),
        **_columns(row, "number kind state stage level due_at created_at"),
    )


def _late(row: OwnDocument, now: datetime) -> bool:
    return row.due_at is not None and row.due_at <= now


def _columns(row: OwnDocument, names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names.split()}
