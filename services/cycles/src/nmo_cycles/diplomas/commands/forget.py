"""The register no longer shows diplomas."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, or_
from sqlmodel import col

from nmo_cycles.diplomas.tables import DiplomaMark
from nmo_kit.db import WriteSession


async def forget_diplomas(session: WriteSession, subject_id: UUID, *, version: int) -> None:
    """A diploma, or all of a specialist, is no ground any more to open a first cycle; what a later version told stays.

    Cycles that were opened on it stay.
    """
    mine = or_(col(DiplomaMark.document_id) == subject_id, col(DiplomaMark.specialist_id) == subject_id)
    await session.execute(delete(DiplomaMark).where(mine, col(DiplomaMark.version) <= version))
