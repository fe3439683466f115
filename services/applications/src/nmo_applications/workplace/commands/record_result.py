"""The organisation enters the result; a completed programme is credited by the ledger, once (APP-08)."""

from datetime import date, datetime
from uuid import UUID

from nmo_applications.enrolment.commands.move import move
from nmo_applications.enrolment.errors import IllegalMove
from nmo_applications.enrolment.queries import Viewed, submitted_application
from nmo_applications.enrolment.rules import MOVES, Action, Actor
from nmo_applications.workplace.rules import result_faults
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.errors import FieldError, FieldProblem
from nmo_kit.principal import Principal


async def record_result(
    session: WriteSession,
    application_id: UUID,
    *,
    viewer: Principal,
    passed: bool,
    completed_on: date | None,
    certificate_number: str | None,
    now: datetime,
    today: date,
) -> Viewed:
    """Complete with the programme's ЗЕТ and the certificate's number, or note that it was not completed.

    Raises:
        NotFound: no such application of the viewer's organisation.
        IllegalMove: the person is not enrolled.
        FieldProblem: date or number is missing or impossible.
    """
    viewed = await submitted_application(session, application_id, viewer=viewer, lock=True)
    row = viewed.row
    act = Action.COMPLETE if passed else Action.FAIL
    if (row.status, act) not in MOVES:
        raise IllegalMove(row.status, act)
    number = (certificate_number or "").strip() or None
    faults = result_faults(
        passed=passed,
        completed_on=completed_on,
        certificate_number=number,
        submitted_on=(row.submitted_at or now).astimezone(clock.MOSCOW).date(),
        today=today,
    )
    if faults:
        raise FieldProblem(
            [FieldError(pointer=place, code=code, message=words) for place, code, words in faults]
        )
    row.completed_on = completed_on
    if passed:
        row.certificate_number = number
        row.credited_zet = viewed.element.zet
    await move(session, row, act, by=viewer, role=Actor.ORGANIZATION, now=now)
    return viewed
