"""Routes of the questionnaire."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from nmo_identity.deps import from_state
from nmo_identity.local_accounts.regions import Regions
from nmo_identity.questionnaire import queries
from nmo_identity.questionnaire.commands.fill import fill_questionnaire
from nmo_identity.questionnaire.rules import Answers
from nmo_identity.questionnaire.schemas import FilledQuestionnaire, FillQuestionnaire, OwnQuestionnaire
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import NotFound, Unavailable, problems

router = APIRouter(prefix="/api/v1/me/questionnaire", tags=["questionnaire"])
SpecialtiesDep = Annotated[Regions, from_state("specialties")]


@router.get("")
@action("identity.me.questionnaire.read")
async def read(session: ReadDep, principal: CurrentPrincipal, response: Response) -> OwnQuestionnaire:
    """The own questionnaire."""
    response.headers["Cache-Control"] = "no-store"
    row = await queries.questionnaire_of(session, viewer=principal)
    return OwnQuestionnaire(filled=FilledQuestionnaire.model_validate(row) if row else None)


@router.put("", responses=problems(NotFound, Unavailable))
@action("identity.me.questionnaire.fill")
async def fill(
    body: FillQuestionnaire, session: WriteDep, principal: CurrentPrincipal, specialties: SpecialtiesDep
) -> OwnQuestionnaire:
    """Fill it in, or in again; both confirmations must be given."""
    known = await specialties.codes()
    if not known:
        raise Unavailable("Список специальностей сейчас не открывается. Повторите через минуту.")
    answers = Answers(
        specialty_key=body.specialty_key,
        organization=" ".join(body.organization.split()),
        exam_on=body.exam_on,
        diploma_on=body.diploma_on,
        data_true=body.data_true,
        will_report_surname=body.will_report_surname,
    )
    row = await fill_questionnaire(
        session, answers, by=principal, specialties=known, now=clock.now(), today=clock.today()
    )
    return OwnQuestionnaire(filled=FilledQuestionnaire.model_validate(row))
