"""Reading admission documents."""

from typing import Final
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, and_, literal, or_, select
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import col

from nmo_kit.db import ReadSession
from nmo_registry.documents.tables import AdmissionDocument
from nmo_registry.reference_books.tables import BookSuccessor

NOMENCLATURE: Final = "specialties"


async def documents_of(session: ReadSession, viewer: UUID | None) -> list[AdmissionDocument]:
    """The viewer's own documents that the register shows now, the newest exam first."""
    if viewer is None:
        return []
    found = await session.execute(
        select(AdmissionDocument)
        .where(col(AdmissionDocument.specialist_id) == viewer, col(AdmissionDocument.removed_at).is_(None))
        .order_by(col(AdmissionDocument.exam_on).desc(), col(AdmissionDocument.id))
    )
    return list(found.scalars())


def same_specialty(key: Mapped[str] | str) -> ColumnElement[bool]:
    """The register's document is of this specialty, or of one that it became by an order (FRM-05, FRM-07).

    The other way round it is not: what was issued for a specialty that is no more is no document of its successor.
    """
    wanted = literal(key) if isinstance(key, str) else key
    heirs = _heirs()
    shown = col(AdmissionDocument.specialty_key)
    became = select(heirs.c.successor).where(heirs.c.key == wanted, heirs.c.successor == shown).exists()
    return or_(shown == wanted, became)


def _heirs() -> CTE:
    """Every retired specialty with whatever it became, however many orders later."""
    told = (
        select(col(BookSuccessor.key).label("key"), col(BookSuccessor.successor).label("successor"))
        .where(col(BookSuccessor.book) == NOMENCLATURE)
        .cte("heirs", recursive=True)
    )
    later = aliased(BookSuccessor)
    further = select(told.c.key, col(later.successor)).join(
        later, and_(col(later.book) == NOMENCLATURE, col(later.key) == told.c.successor)
    )
    return told.union(further)
