"""Keeping the copy of a document."""

from __future__ import annotations

from datetime import datetime

from nmo_contracts.registry import AccreditationRecordedV1
from nmo_cycles.documents.queries import document_for_update, removed_since
from nmo_cycles.documents.tables import RegistryDocumentCopy
from nmo_kit.db import WriteSession


async def keep_document(
    session: WriteSession, told: AccreditationRecordedV1, *, version: int, copied_at: datetime
) -> RegistryDocumentCopy | None:
    """Write the document as told; None if something newer is known of it.

    A specialist has several documents and one version, so the version is kept with each document. One that was removed
    before is shown again by a later version, and by no earlier one.
    """
    removed_at = await removed_since(session, told.document_id, told.specialist_id, version=version)
    values = told.model_dump() | {"version": version, "copied_at": copied_at, "removed_at": removed_at}
    copy = await document_for_update(session, told.document_id)
    if copy is None:
        copy = RegistryDocumentCopy(**values)
        session.add(copy)
        return copy
    if copy.version > version:
        return None
    for name, value in values.items():
        setattr(copy, name, value)
    return copy
