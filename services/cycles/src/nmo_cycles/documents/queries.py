"""Reads of the copied documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from nmo_cycles.documents.tables import AnyDocument, OwnDocumentCopy, RegistryDocumentCopy, RegistryRemoval
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.principal import Principal


async def documents_of(session: ReadSession, *, viewer: Principal) -> Sequence[RegistryDocumentCopy]:
    """The viewer's documents that the register shows, the latest exam first; none for who is not in it."""
    if viewer.specialist_id is None:
        return []
    statement = (
        select(RegistryDocumentCopy)
        .where(
            col(RegistryDocumentCopy.specialist_id) == viewer.specialist_id,
            col(RegistryDocumentCopy.removed_at).is_(None),
        )
        .order_by(col(RegistryDocumentCopy.exam_on).desc(), col(RegistryDocumentCopy.document_id))
    )
    return (await session.execute(statement)).scalars().all()


async def own_documents_of(session: ReadSession, *, viewer: Principal) -> Sequence[OwnDocumentCopy]:
    """What the viewer added by hand and a cycle may be opened on, the latest exam first."""
    statement = (
        select(OwnDocumentCopy)
        .where(col(OwnDocumentCopy.person_id) == viewer.person_id)
        .order_by(col(OwnDocumentCopy.exam_on).desc(), col(OwnDocumentCopy.document_id))
    )
    return [copy for copy in (await session.execute(statement)).scalars() if copy.opens]


def newest_by_specialty(documents: Iterable[AnyDocument]) -> list[AnyDocument]:
    """Of each specialty the document with the latest exam: older ones opened cycles that it ended.

    Of two with the same exam the first one given counts.
    """
    newest: dict[str, AnyDocument] = {}
    for document in documents:
        known = newest.get(document.specialty_key)
        if known is None or document.exam_on > known.exam_on:
            newest[document.specialty_key] = document
    return list(newest.values())


async def document_for_update(session: WriteSession, document_id: UUID) -> RegistryDocumentCopy | None:
    """The copy, locked until the transaction ends."""
    return await session.get(RegistryDocumentCopy, document_id, with_for_update=True)


async def shown_before(
    session: WriteSession, specialist_id: UUID, version: int
) -> Sequence[RegistryDocumentCopy]:
    """Documents of the specialist that an earlier version told of and that are held for shown; locked."""
    statement = (
        select(RegistryDocumentCopy)
        .where(
            col(RegistryDocumentCopy.specialist_id) == specialist_id,
            col(RegistryDocumentCopy.version) <= version,
            col(RegistryDocumentCopy.removed_at).is_(None),
        )
        .order_by(col(RegistryDocumentCopy.document_id))
    )
    return (await session.execute(statement.with_for_update())).scalars().all()


async def shown_unused(session: WriteSession, specialist_id: UUID) -> Sequence[RegistryDocumentCopy]:
    """Documents of the specialist that the register shows and no cycle stands on; locked."""
    unused = text(
        "not exists (select from cycle where cycle.document_id = registry_document_copy.document_id)"
    )
    statement = (
        select(RegistryDocumentCopy)
        .where(
            col(RegistryDocumentCopy.specialist_id) == specialist_id,
            col(RegistryDocumentCopy.removed_at).is_(None),
            unused,
        )
        .order_by(col(RegistryDocumentCopy.document_id))
    )
    return (await session.execute(statement.with_for_update())).scalars().all()


async def removed_since(session: WriteSession, *subjects: UUID, version: int) -> datetime | None:
    """When the register removed one of these after it told this version; None when it did not."""
    statement = (
        select(RegistryRemoval.removed_at)
        .where(col(RegistryRemoval.subject_id).in_(subjects), col(RegistryRemoval.version) > version)
        .order_by(col(RegistryRemoval.version).desc())
        .limit(1)
    )
    found: datetime | None = (await session.execute(statement)).scalar_one_or_none()
    return found


async def own_document_for_update(session: WriteSession, document_id: UUID) -> OwnDocumentCopy | None:
    """The copy of a document added by hand, locked until the transaction ends."""
    return await session.get(OwnDocumentCopy, document_id, with_for_update=True)
