"""Every SELECT on questionnaires."""

from __future__ import annotations

from nmo_identity.questionnaire.tables import Questionnaire
from nmo_kit.db import ReadSession
from nmo_kit.principal import Principal


async def questionnaire_of(session: ReadSession, *, viewer: Principal) -> Questionnaire | None:
    """The viewer's own."""
    return await session.get(Questionnaire, viewer.person_id)
