"""Keeping the copies of documents that persons added by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nmo_contracts.registry import DocumentMovedV1, DocumentReplacedV1, DocumentSentV1
from nmo_cycles.documents.queries import own_document_for_update
from nmo_cycles.documents.tables import OwnDocumentCopy
from nmo_kit.db import WriteSession


async def keep_own(
    session: WriteSession, told: DocumentSentV1, *, version: int, copied_at: datetime
) -> OwnDocumentCopy | None:
    """Write the document as it was sent; None if it admits to nothing or something newer is known of it."""
    if told.exam_on is None:
        return None
    copy = await own_document_for_update(session, told.document_id)
    if copy is not None and copy.version > version:
        return None
    values: dict[str, Any] = {
        "person_id": told.person_id,
        "kind": told.kind,
        "specialty_key": told.specialty_key,
        "specialty_name": told.specialty_name,
        "series": told.document_series,
        "number": told.document_number,
        "exam_on": told.exam_on,
        "issued_on": told.issued_on,
        "state": "sent",
        "version": version,
        "copied_at": copied_at,
    }
    if copy is None:
        copy = OwnDocumentCopy(document_id=told.document_id, **values)
        session.add(copy)
        return copy
    for name, value in values.items():
        setattr(copy, name, value)
    return copy


async def keep_state(
    session: WriteSession, told: DocumentMovedV1 | DocumentReplacedV1, state: str, *, version: int
) -> OwnDocumentCopy | None:
    """Note where its verification stands; None if there is no copy, or it knows something newer."""
    copy = await own_document_for_update(session, told.document_id)
    if copy is None or copy.version > version:
        return None
    copy.state, copy.version = state, version
    return copy
