"""What cycles do when the registry tells of a document: the register's, or one that a person added by hand."""

from __future__ import annotations

from nmo_contracts.registry import (
    AccreditationRecordedV1,
    AccreditationRemovedV1,
    DocumentMovedV1,
    DocumentReplacedV1,
    DocumentSentV1,
    SpecialistRemovedV1,
)
from nmo_cycles.cycles.commands.follow import follow_document, lose_document, stand_on_register
from nmo_cycles.cycles.commands.restand import restand
from nmo_cycles.diplomas.commands.forget import forget_diplomas
from nmo_cycles.documents.commands.forget import forget_documents
from nmo_cycles.documents.commands.keep import keep_document
from nmo_cycles.documents.commands.keep_own import keep_own, keep_state
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes
from nmo_kit.messaging.envelope import Envelope


@consumes(AccreditationRecordedV1)
async def on_accreditation_recorded(session: WriteSession, event: Received[AccreditationRecordedV1]) -> None:
    """Keep the document, and let the cycles that stand on it show its present data."""
    copy = await keep_document(
        session, event.data, version=event.envelope.subjectversion, copied_at=clock.now()
    )
    if copy is not None:
        await follow_document(session, copy, causation=event.envelope)
        await restand(session, copy.specialist_id, causation=event.envelope)


@consumes(AccreditationRemovedV1)
async def on_accreditation_removed(session: WriteSession, event: Received[AccreditationRemovedV1]) -> None:
    """No cycle is opened on what the register no longer shows; one that was stays, marked, with all its credits."""
    await _forget(session, event.data, event.envelope)


@consumes(SpecialistRemovedV1)
async def on_specialist_removed(session: WriteSession, event: Received[SpecialistRemovedV1]) -> None:
    """The same of all that was told of a person who left the register."""
    await _forget(session, event.data, event.envelope)
    version = event.envelope.subjectversion
    await forget_diplomas(session, event.data.specialist_id, version=version)


async def _forget(
    session: WriteSession, told: AccreditationRemovedV1 | SpecialistRemovedV1, envelope: Envelope
) -> None:
    version, removed_at = envelope.subjectversion, envelope.time
    gone = await forget_documents(session, told, version=version, removed_at=removed_at)
    # First of all: who has the document under another number already is not frightened with its loss.
    await restand(session, told.specialist_id, causation=envelope)
    for copy in gone:
        await lose_document(session, copy.document_id, removed_at=removed_at, causation=envelope)


@consumes(DocumentSentV1)
async def on_document_sent(session: WriteSession, event: Received[DocumentSentV1]) -> None:
    """A cycle can be opened on it; one that was shows what its owner corrected."""
    version = event.envelope.subjectversion
    copy = await keep_own(session, event.data, version=version, copied_at=clock.now())
    if copy is not None:
        await session.flush()
        await follow_document(session, copy, causation=event.envelope)


@consumes(DocumentMovedV1)
async def on_document_moved(session: WriteSession, event: Received[DocumentMovedV1]) -> None:
    """Know whether a cycle may still be opened on it; a cycle that was keeps its credits either way."""
    await keep_state(session, event.data, event.data.outcome, version=event.envelope.subjectversion)


@consumes(DocumentReplacedV1)
async def on_document_replaced(session: WriteSession, event: Received[DocumentReplacedV1]) -> None:
    """The cycle goes on, on the register's document; no second one is opened (FRM-05)."""
    version = event.envelope.subjectversion
    if await keep_state(session, event.data, "replaced", version=version) is not None:
        await stand_on_register(session, event.data, causation=event.envelope)
