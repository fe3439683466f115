"""What cycles do when the register tells of a document."""

from __future__ import annotations

from nmo_contracts.registry import AccreditationRecordedV1
from nmo_cycles.cycles.commands.follow import follow_document
from nmo_cycles.documents.commands.keep import keep_document
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes


@consumes(AccreditationRecordedV1)
async def on_accreditation_recorded(session: WriteSession, event: Received[AccreditationRecordedV1]) -> None:
    """Keep the document, and let the cycles that stand on it show its present data."""
    copy = await keep_document(
        session, event.data, version=event.envelope.subjectversion, copied_at=clock.now()
    )
    if copy is not None:
        await follow_document(session, copy)
