"""The person fills the form (APP-02, APP-03)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from nmo_applications.enrolment.errors import IllegalMove, StaleVersion
from nmo_applications.enrolment.form_rules import Employer, Fault, Form, employer_of, faults, normalised
from nmo_applications.enrolment.queries import Viewed, own_application
from nmo_applications.enrolment.rules import Action, is_possible
from nmo_applications.reference import region_names
from nmo_applications.upstreams import Employment
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.errors import FieldError, FieldProblem
from nmo_kit.principal import Principal


async def edit_form(
    session: WriteSession,
    application_id: UUID,
    changes: dict[str, Any],
    *,
    viewer: Principal,
    employments: Sequence[Employment] | None,
    expected_version: int | None,
    now: datetime,
) -> Viewed:
    """Save the form with `changes` laid over what it held; fields not named keep their values.

    A changed form gets a new form version, so that its documents are formed anew.

    Raises:
        NotFound: no such application of the viewer.
        StaleVersion: `expected_version` is given and is not the present one.
        IllegalMove: the form can no longer be changed.
        FieldProblem: fields at fault, each with a sentence.
    """
    viewed = await own_application(session, application_id, viewer=viewer, lock=True)
    row = viewed.row
    if expected_version is not None and expected_version != row.version:
        raise StaleVersion
    if not is_possible(row.status, Action.EDIT, deleted=row.deleted, seat=row.seat):
        raise IllegalMove(row.status, Action.EDIT, deleted=row.deleted)
    form = normalised(replace(row.form, **changes))
    check(form, bases=viewed.element.bases, employments=employments)
    if form == row.form:
        return viewed
    changed = [name for name in Form.__dataclass_fields__ if getattr(form, name) != getattr(row, name)]
    for name in changed:
        setattr(row, name, getattr(form, name))
    row.version += 1
    row.form_version += 1
    row.updated_at = now
    await journal.record(
        session,
        actor=viewer,
        action="applications.application.edit",
        object_=f"application/{row.id}",
        person_id=row.person_id,
        fields=changed,
    )
    return viewed


def check(form: Form, *, bases: Sequence[str], employments: Sequence[Employment] | None) -> None:
    """Raise FieldProblem with every fault of a normalised form; `employments` None means the register was not asked."""
    employers = None if employments is None else [employer(item) for item in employments]
    found = faults(form, bases=bases, regions=region_names(), employers=employers)
    if employers is not None and form.employer_oid is not None and employer_of(form, employers) is None:
        found.append(
            Fault(
                "/employer_oid",
                "unknown",
                "Такого места работы нет в регистре. Выберите место работы из списка",
            )
        )
    if found:
        raise FieldProblem(
            [FieldError(pointer=fault.pointer, code=fault.code, message=fault.message) for fault in found]
        )


def employer(item: Employment) -> Employer:
    """An employment of the register as the rules need it."""
    return Employer(oid=item.employer_oid, name=item.employer_name, state_budget=item.state_budget)
