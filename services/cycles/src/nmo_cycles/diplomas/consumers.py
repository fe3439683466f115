"""The register tells of diplomas, identity of questionnaires."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from nmo_contracts.identity import QuestionnaireFilledV1
from nmo_contracts.registry import EducationRecordedV1
from nmo_cycles.diplomas.tables import DiplomaMark, QuestionnaireMark
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes


@consumes(EducationRecordedV1)
async def on_education_recorded(session: WriteSession, event: Received[EducationRecordedV1]) -> None:
    """Keep that the specialist has a diploma."""
    told = event.data
    await session.execute(
        insert(DiplomaMark)
        .values(document_id=told.document_id, specialist_id=told.specialist_id, told_at=clock.now())
        .on_conflict_do_nothing(index_elements=["document_id"])
    )


@consumes(QuestionnaireFilledV1)
async def on_questionnaire_filled(session: WriteSession, event: Received[QuestionnaireFilledV1]) -> None:
    """Keep that the person filled in the questionnaire."""
    told = event.data
    await session.execute(
        insert(QuestionnaireMark)
        .values(person_id=told.person_id, filled_at=told.filled_at)
        .on_conflict_do_nothing(index_elements=["person_id"])
    )
