"""Keep a questionnaire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from nmo_contracts.identity import QuestionnaireFilledV1
from nmo_identity.accounts import events
from nmo_identity.accounts.queries import person_for_update
from nmo_identity.questionnaire import queries
from nmo_identity.questionnaire.rules import Answers, faults_of
from nmo_identity.questionnaire.tables import Questionnaire
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.errors import FieldError, FieldProblem
from nmo_kit.principal import Principal


async def fill_questionnaire(
    session: WriteSession,
    answers: Answers,
    *,
    by: Principal,
    specialties: frozenset[str],
    now: datetime,
    today: date,
) -> Questionnaire:
    """Keep what the person states about their diploma, in place of an earlier one (REG-10).

    Tells `identity.questionnaire.filled.v1`: cycles opens the first cycle on it when the register has no diploma. Writes
    a journal row with the names of the fields that changed.

    Raises:
        FieldProblem: names each field at fault.
    """
    faults = faults_of(answers, specialties=specialties, today=today)
    if faults:
        raise FieldProblem(
            [FieldError(pointer=f"/{item.field}", code=item.code, message=item.message) for item in faults]
        )
    person = await person_for_update(session, by.person_id)
    row = await queries.questionnaire_of(session, viewer=by)
    values: dict[str, Any] = {
        "specialty_key": answers.specialty_key,
        "organization": answers.organization,
        "exam_on": answers.exam_on,
        "diploma_on": answers.diploma_on,
    }
    if row is None:
        row = Questionnaire(person_id=person.id, confirmed_at=now, created_at=now, **values)
        changed = sorted(values)
    else:
        changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
        for name, value in values.items():
            setattr(row, name, value)
        row.confirmed_at = now
    session.add(row)
    await events.publish(session, person, QuestionnaireFilledV1(person_id=person.id, filled_at=now))
    await journal.record(
        session,
        actor=by,
        action="questionnaire.filled",
        object_=f"person/{person.id}",
        person_id=person.id,
        fields=changed,
    )
    return row
