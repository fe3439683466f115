"""Reads of what a first cycle may be opened on."""

from __future__ import annotations

from sqlmodel import col, select

from nmo_cycles.diplomas.tables import DiplomaMark, QuestionnaireMark
from nmo_kit.db import ReadSession
from nmo_kit.principal import Principal


async def has_ground(session: ReadSession, *, viewer: Principal) -> bool:
    """True when the register has a diploma of the viewer, or they filled in the questionnaire."""
    if await session.get(QuestionnaireMark, viewer.person_id) is not None:
        return True
    if viewer.specialist_id is None:
        return False
    statement = select(DiplomaMark.document_id).where(col(DiplomaMark.specialist_id) == viewer.specialist_id)
    return (await session.execute(statement.limit(1))).first() is not None
