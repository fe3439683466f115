"""Ends of what documents added by hand hold: of an erased person all, of abandoned forms the scans."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import col

from nmo_kit.db import WriteSession
from nmo_registry.own_documents import queries
from nmo_registry.own_documents.tables import OwnDocumentScan

ABANDONED: Final = timedelta(days=1)
_OWN = "document_id in (select id from own_document where person_id = :person_id)"
_STATEMENTS: Final = (
    ("own_document_scan", "delete from own_document_scan where person_id = :person_id"),
    ("own_document_move", f"delete from own_document_move where {_OWN}"),  # noqa: S608 constants of this file
    ("difference_answer", "delete from difference_answer where person_id = :person_id"),
    ("own_document", "delete from own_document where person_id = :person_id"),
)


async def forget_documents(session: WriteSession, person_id: UUID) -> dict[str, int]:
    """Destroy every document of a person with its scans and history, and their answers about differences; row counts."""
    counts = {}
    for table, statement in _STATEMENTS:
        done: Any = await session.execute(text(statement), {"person_id": person_id})
        counts[table] = done.rowcount
    return counts


async def sweep_scans(session: WriteSession) -> int:
    """Delete scans whose form was not sent within a day: nobody answers for them. Returns how many."""
    before = await queries.moment(session) - ABANDONED
    done: Any = await session.execute(
        delete(OwnDocumentScan).where(
            col(OwnDocumentScan.document_id).is_(None), col(OwnDocumentScan.created_at) < before
        )
    )
    return int(done.rowcount)
