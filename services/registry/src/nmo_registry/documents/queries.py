"""Reading admission documents."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from nmo_kit.db import ReadSession
from nmo_registry.documents.tables import AdmissionDocument


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
