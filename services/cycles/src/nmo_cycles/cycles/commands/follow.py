"""Cycles follow the register's document they stand on."""

from __future__ import annotations

from typing import Any

from nmo_contracts.registry import DocumentReplacedV1
from nmo_cycles.cycles import queries
from nmo_cycles.cycles.rules import section_of, span_of
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.documents.queries import document_for_update
from nmo_cycles.documents.rules import Document, DocumentKind
from nmo_cycles.documents.tables import AnyDocument
from nmo_kit import journal
from nmo_kit.db import WriteSession


async def follow_document(session: WriteSession, copy: AnyDocument) -> None:
    """Bring the cycles of a document to its present data: the certificate takes the protocol's place by itself.

    Corrected dates move the cycle; credits keep their own dates and stay. Closed cycles are left as they were.
    Writes the journal for each cycle that changed.
    """
    for cycle in await queries.cycles_of_document(session, copy.document_id):
        if cycle.closed_at is None:
            await _bring(session, cycle, _values(copy.document))


async def stand_on_register(session: WriteSession, told: DocumentReplacedV1) -> None:
    """Move the cycles of a document added by hand to the register's one that took its place.

    The register's document may have been told of before or not yet: what is newer of the two is shown. A closed cycle
    changes nothing but what it stands on, so that no new one is offered for it. Writes the journal for each cycle.
    """
    known = await document_for_update(session, told.replaced_by)
    document = known.document if known is not None else _document(told)
    for cycle in await queries.cycles_of_document(session, told.document_id):
        values = _values(document) if cycle.closed_at is None else {}
        await _bring(session, cycle, {"document_id": told.replaced_by, **values})


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


async def _bring(session: WriteSession, cycle: Cycle, told: dict[str, Any]) -> None:
    changed = [name for name, value in told.items() if getattr(cycle, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(cycle, name, told[name])
    cycle.next_version()
    await journal.record(
        session,
        actor="cycles.register",
        action="cycles.cycle.follow_document",
        object_=f"cycle/{cycle.id}",
        person_id=cycle.person_id,
        fields=changed,
    )
