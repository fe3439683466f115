"""Results entered by file: each line stands alone, and each gets its answer (APP-05)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from nmo_applications.enrolment.queries import submitted_ids_by_number
from nmo_applications.workplace.commands.record_result import record_result
from nmo_applications.workplace.results_rules import ResultRow
from nmo_kit.db import WriteSession
from nmo_kit.errors import FieldProblem, Problem
from nmo_kit.principal import Principal


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one line."""

    line: int
    number: str
    accepted: bool
    message: str | None


async def record_results(
    session: WriteSession, rows: Sequence[ResultRow], *, viewer: Principal, now: datetime, today: date
) -> list[LineResult]:
    """Enter the results of all lines that are right; a wrong line changes nothing and says why.

    Lines already entered are refused by the state machine, so the same file may be sent again after mending.
    """
    ids = await submitted_ids_by_number(session, {row.number for row in rows}, viewer=viewer)
    found: list[LineResult] = []
    for row in rows:
        application_id = ids.get(row.number)
        fault = row.fault
        if fault is None and application_id is None:
            fault = "Такой заявки в вашу организацию нет"
        if fault is None and application_id is not None:
            try:
                async with session.begin_nested():
                    await record_result(
                        session,
                        application_id,
                        viewer=viewer,
                        passed=row.passed,
                        completed_on=row.completed_on,
                        certificate_number=row.certificate_number,
                        now=now,
                        today=today,
                    )
            except FieldProblem as problem:
                fault = "; ".join(error.message for error in problem.field_errors)
            except Problem as problem:
                fault = problem.message
        found.append(LineResult(line=row.line, number=row.number, accepted=fault is None, message=fault))
    return found
