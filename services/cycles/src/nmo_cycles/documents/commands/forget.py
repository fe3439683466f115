"""The register no longer shows a document, or a whole person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from nmo_contracts.registry import AccreditationRemovedV1, SpecialistRemovedV1
from nmo_cycles.documents.queries import document_for_update, shown_before
from nmo_cycles.documents.tables import RegistryDocumentCopy, RegistryRemoval
from nmo_kit.db import WriteSession


async def forget_documents(
    session: WriteSession,
    told: AccreditationRemovedV1 | SpecialistRemovedV1,
    *,
    version: int,
    removed_at: datetime,
) -> Sequence[RegistryDocumentCopy]:
    """Mark the document, or all of the person's, as shown no more; returns those that were shown until now.

    What a later version told of stays. Nothing is deleted: cycles may stand on it.
    """
    if isinstance(told, SpecialistRemovedV1):
        await note_removal(session, told.specialist_id, version=version, removed_at=removed_at)
        gone = await shown_before(session, told.specialist_id, version)
    else:
        await note_removal(session, told.document_id, version=version, removed_at=removed_at)
        copy = await document_for_update(session, told.document_id)
        shown = copy is not None and copy.version <= version and copy.removed_at is None
        gone = [copy] if copy is not None and shown else []
    for copy in gone:
        copy.removed_at = removed_at
    return gone


async def note_removal(
    session: WriteSession, subject_id: UUID, *, version: int, removed_at: datetime
) -> None:
    """Remember the latest removal of a document or a person, whether or not it is known here."""
    statement = insert(RegistryRemoval).values(subject_id=subject_id, version=version, removed_at=removed_at)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["subject_id"],
            set_={"version": statement.excluded.version, "removed_at": statement.excluded.removed_at},
            where=RegistryRemoval.__table__.c.version < statement.excluded.version,  # type: ignore[attr-defined]
        )
    )
