"""Every SELECT on consents."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from nmo_identity.consents.rules import PURPOSE
from nmo_identity.consents.tables import ConsentEvent, ConsentText
from nmo_kit.db import ReadSession


async def current_text(session: ReadSession) -> ConsentText:
    """The text in force: the newest published one."""
    found = await session.execute(
        select(ConsentText)
        .where(col(ConsentText.purpose) == PURPOSE)
        .order_by(col(ConsentText.published_at).desc(), col(ConsentText.version).desc())
        .limit(1)
    )
    return found.scalar_one()


async def answers_of(session: ReadSession, person_id: UUID) -> Sequence[ConsentEvent]:
    """All answers of a person, newest first."""
    found = await session.execute(
        select(ConsentEvent)
        .where(col(ConsentEvent.person_id) == person_id, col(ConsentEvent.purpose) == PURPOSE)
        .order_by(col(ConsentEvent.at).desc(), col(ConsentEvent.id).desc())
    )
    return found.scalars().all()


async def last_answer(session: ReadSession, person_id: UUID) -> ConsentEvent | None:
    """The newest answer, which is the one that counts."""
    found = await session.execute(
        select(ConsentEvent)
        .where(col(ConsentEvent.person_id) == person_id, col(ConsentEvent.purpose) == PURPOSE)
        .order_by(col(ConsentEvent.at).desc(), col(ConsentEvent.id).desc())
        .limit(1)
    )
    return found.scalar_one_or_none()


async def is_granted(session: ReadSession, person_id: UUID) -> bool:
    """True when the consent is in force."""
    answer = await last_answer(session, person_id)
    return answer is not None and answer.kind == "granted"
