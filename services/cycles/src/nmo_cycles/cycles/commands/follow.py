"""Cycles follow the register's document they stand on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from nmo_contracts.cycles import CycleDocumentFoundV1, CycleDocumentLostV1
from nmo_contracts.registry import DocumentReplacedV1
from nmo_cycles.cycles import events, queries
from nmo_cycles.cycles.rules import section_of, span_of
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.documents.queries import document_for_update
from nmo_cycles.documents.rules import Document, DocumentKind
from nmo_cycles.documents.tables import AnyDocument, RegistryDocumentCopy
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope, outbox


async def follow_document(session: WriteSession, copy: AnyDocument, *, causation: Envelope) -> None:
    """Bring the cycles of a document to its present data: the certificate takes the protocol's place by itself.

    Corrected dates move the cycle; credits keep their own dates and stay. Closed cycles are left as they were. A document
    that the register shows again takes the mark away. Writes the journal for each cycle that changed, and tells what
    `_mark` tells.
    """
    for cycle in await queries.cycles_of_document(session, copy.document_id):
        if cycle.closed_at is None:
            await _mark(session, cycle, _removed_at(copy), causation)
            await _bring(session, cycle, _values(copy.document))


async def stand_on(
    session: WriteSession, cycle: Cycle, copy: RegistryDocumentCopy, *, causation: Envelope
) -> None:
    """Let an open cycle stand on this document that the register shows.

    Writes the journal; tells `cycles.cycle.document_found` if the cycle was left without its document before.
    """
    await _mark(session, cycle, None, causation)
    await _bring(session, cycle, {"document_id": copy.document_id, **_values(copy.document)})


async def lose_document(
    session: WriteSession, document_id: UUID, *, removed_at: datetime, causation: Envelope
) -> None:
    """Mark the open cycles of a document that the register no longer shows: nothing of them is lost or closed.

    Writes the journal and tells `cycles.cycle.document_lost` for each, so that its person hears of it.
    """
    for cycle in await queries.cycles_of_document(session, document_id):
        if cycle.closed_at is None:
            await _mark(session, cycle, removed_at, causation)


async def stand_on_register(session: WriteSession, told: DocumentReplacedV1, *, causation: Envelope) -> None:
    """Move the cycles of a document added by hand to the register's one that took its place.

    The register's document may have been told of before or not yet: what is newer of the two is shown. A closed cycle
    changes nothing but what it stands on, so that no new one is offered for it. Writes the journal for each cycle.
    """
    known = await document_for_update(session, told.replaced_by)
    document = known.document if known is not None else _document(told)
    # A person's two cycles of a split specialty may come to one document; the first one there keeps it.
    taken = {cycle.person_id for cycle in await queries.cycles_of_document(session, told.replaced_by)}
    for cycle in await queries.cycles_of_document(session, told.document_id):
        if cycle.person_id in taken:
            continue
        values = _values(document) if cycle.closed_at is None else {}
        await _bring(session, cycle, {"document_id": told.replaced_by, **values})
        if cycle.closed_at is None and known is not None:
            await _mark(session, cycle, known.removed_at, causation)


def _document(told: DocumentReplacedV1) -> Document:
    return Document(
        kind=DocumentKind(told.kind),
        series=told.document_series,
        number=told.document_number,
        issued_on=told.issued_on,
        exam_on=told.exam_on,
        valid_until=told.valid_until,
    )


def _values(document: Document) -> dict[str, Any]:
    span = span_of(document)
    return {
        "document_kind": document.kind,
        "document_series": document.series,
        "document_number": document.number,
        "document_issued_on": document.issued_on,
        "document_exam_on": document.exam_on,
        "section": section_of(document.issued_on),
        "starts_on": span.starts_on,
        "ends_on": span.ends_on,
    }


def _removed_at(copy: AnyDocument) -> datetime | None:
    return copy.removed_at if isinstance(copy, RegistryDocumentCopy) else None


async def _mark(
    session: WriteSession, cycle: Cycle, removed_at: datetime | None, causation: Envelope
) -> None:
    """Mark that the register does not show the document, or take the mark away; each turn is told once.

    A mark that only gets another moment is no new loss: the person has heard of it.
    """
    before = cycle.document_removed_at
    if (before is None) == (removed_at is None):
        await _bring(session, cycle, {"document_removed_at": removed_at})
        return
    event: CycleDocumentLostV1 | CycleDocumentFoundV1
    if removed_at is not None:
        action, event = "cycles.cycle.document_gone", events.document_lost(cycle, removed_at=removed_at)
    else:
        action, event = "cycles.cycle.document_back", events.document_found(cycle)
    await _bring(session, cycle, {"document_removed_at": removed_at}, action)
    await outbox.add(session, event, version=cycle.version, causation=causation)


async def _bring(
    session: WriteSession, cycle: Cycle, told: dict[str, Any], action: str = "cycles.cycle.follow_document"
) -> None:
    changed = [name for name, value in told.items() if getattr(cycle, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(cycle, name, told[name])
    cycle.next_version()
    await journal.record(
        session,
        actor="cycles.register",
        action=action,
        object_=f"cycle/{cycle.id}",
        person_id=cycle.person_id,
        fields=changed,
    )
