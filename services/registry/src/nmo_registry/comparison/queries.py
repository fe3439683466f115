"""Every read of the comparison; a person sees their own."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from nmo_kit.db import ReadSession
from nmo_kit.errors import NotFound
from nmo_kit.principal import Principal
from nmo_registry.comparison.tables import DifferenceAnswer
from nmo_registry.documents.tables import AdmissionDocument
from nmo_registry.own_documents.tables import OwnDocument

Pair = tuple[OwnDocument, AdmissionDocument]
"""A document as its owner typed it, and the register's one that took its place."""


async def replaced_pairs(session: ReadSession, *, viewer: Principal) -> list[Pair]:
    """The viewer's documents beside the register's ones that took their place."""
    found = await session.execute(
        select(OwnDocument, AdmissionDocument)
        .join(AdmissionDocument, col(AdmissionDocument.id) == col(OwnDocument.replaced_by))
        .where(col(OwnDocument.person_id) == viewer.person_id)
        .order_by(col(OwnDocument.id).desc())
    )
    return [(own, document) for own, document in found]


async def replaced_pair(session: ReadSession, document_id: UUID, *, viewer: Principal) -> Pair:
    """One of them.

    Raises:
        NotFound: no such document of the viewer, or the register does not show it.
    """
    found = await replaced_pairs(session, viewer=viewer)
    for pair in found:
        if pair[0].id == document_id:
            return pair
    raise NotFound


async def answers(session: ReadSession, *, viewer: Principal) -> Sequence[DifferenceAnswer]:
    """All answers of the viewer, the latest first."""
    found = await session.execute(
        select(DifferenceAnswer)
        .where(col(DifferenceAnswer.person_id) == viewer.person_id)
        .order_by(col(DifferenceAnswer.id).desc())
    )
    return found.scalars().all()


async def latest_answer(
    session: ReadSession, subject: str, field: str, *, viewer: Principal
) -> DifferenceAnswer | None:
    """The viewer's last word about a field."""
    found = await session.execute(
        select(DifferenceAnswer)
        .where(
            col(DifferenceAnswer.person_id) == viewer.person_id,
            col(DifferenceAnswer.subject) == subject,
            col(DifferenceAnswer.field) == field,
        )
        .order_by(col(DifferenceAnswer.id).desc())
        .limit(1)
    )
    return found.scalar_one_or_none()
