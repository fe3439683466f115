"""Cycles follow the register's document they stand on."""

from __future__ import annotations

from nmo_cycles.cycles import queries
from nmo_cycles.cycles.rules import section_of, span_of
from nmo_cycles.documents.tables import RegistryDocumentCopy
from nmo_kit import journal
from nmo_kit.db import WriteSession


async def follow_document(session: WriteSession, copy: RegistryDocumentCopy) -> None:
    """Bring the cycles of a document to its present data: the certificate takes the protocol's place by itself.

    Corrected dates move the cycle; credits keep their own dates and stay. Closed cycles are left as they were.
    Writes the journal for each cycle that changed.
    """
    document = copy.document
    span = span_of(document)
    told = {
        "document_kind": document.kind,
        "document_series": document.series,
        "document_number": document.number,
        "document_issued_on": document.issued_on,
        "document_exam_on": document.exam_on,
        "section": section_of(document.issued_on),
        "starts_on": span.starts_on,
        "ends_on": span.ends_on,
    }
    for cycle in await queries.cycles_of_document(session, copy.document_id):
        if cycle.closed_at is not None:
            continue
        changed = [name for name, value in told.items() if getattr(cycle, name) != value]
        if not changed:
            continue
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
