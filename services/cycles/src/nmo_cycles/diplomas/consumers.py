"""The register tells of diplomas, identity of questionnaires."""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from nmo_contracts.identity import QuestionnaireFilledV1
from nmo_contracts.registry import EducationRecordedV1, EducationRemovedV1
from nmo_cycles.diplomas.commands.forget import forget_diplomas
from nmo_cycles.diplomas.tables import DiplomaMark, QuestionnaireMark
from nmo_cycles.documents.commands.forget import note_removal
from nmo_cycles.documents.queries import removed_since
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes


@consumes(EducationRecordedV1)
async def on_education_recorded(session: WriteSession, event: Received[EducationRecordedV1]) -> None:
    """Keep that the specialist has a diploma, unless the register removed it since."""
    told, version = event.data, event.envelope.subjectversion
    if await removed_since(session, told.document_id, told.specialist_id, version=version) is not None:
        return
    statement = insert(DiplomaMark).values(
        document_id=told.document_id, specialist_id=told.specialist_id, told_at=clock.now(), version=version
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["document_id"],
            set_={"version": func.greatest(col(DiplomaMark.version), statement.excluded.version)},
        )
    )


@consumes(EducationRemovedV1)
async def on_education_removed(session: WriteSession, event: Received[EducationRemovedV1]) -> None:
    """A first cycle is not opened on it any more."""
    told, version = event.data, event.envelope.subjectversion
    await note_removal(session, told.document_id, version=version, removed_at=event.envelope.time)
    await forget_diplomas(session, told.document_id, version=version)


@consumes(QuestionnaireFilledV1)
async def on_questionnaire_filled(session: WriteSession, event: Received[QuestionnaireFilledV1]) -> None:
    """Keep that the person filled in the questionnaire."""
    told = event.data
    await session.execute(
        insert(QuestionnaireMark)
        .values(person_id=told.person_id, filled_at=told.filled_at)
        .on_conflict_do_nothing(index_elements=["person_id"])
    )
