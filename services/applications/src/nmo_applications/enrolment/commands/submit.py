"""The person submits the application; the catalogue answers with a seat."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from nmo_applications.enrolment.applicant import freeze
from nmo_applications.enrolment.commands.edit import check
from nmo_applications.enrolment.commands.move import move
from nmo_applications.enrolment.errors import IllegalMove, StaleVersion
from nmo_applications.enrolment.form_rules import normalised
from nmo_applications.enrolment.queries import Viewed, own_application
from nmo_applications.enrolment.rules import Action, Actor, is_possible
from nmo_applications.upstreams import Applicant, Employment
from nmo_kit import failpoints
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def submit_application(
    session: WriteSession,
    application_id: UUID,
    *,
    viewer: Principal,
    applicant: Applicant,
    employments: Sequence[Employment] | None,
    cipher: FieldCipher,
    expected_version: int | None,
    now: datetime,
) -> Viewed:
    """Submit a filled application, for the first time or again after documents were asked for.

    Freezes the applicant's proven data, sealed, and asks the catalogue for a seat by the `submitted` event.

    Raises:
        NotFound: no such application of the viewer.
        StaleVersion: `expected_version` is given and is not the present one.
        IllegalMove: it cannot be submitted from its present status.
        FieldProblem: the form is not complete, or is no longer right.
    """
    viewed = await own_application(session, application_id, viewer=viewer, lock=True)
    row = viewed.row
    if expected_version is not None and expected_version != row.version:
        raise StaleVersion
    if not is_possible(row.status, Action.SUBMIT, deleted=row.deleted, seat=row.seat):
        raise IllegalMove(row.status, Action.SUBMIT, deleted=row.deleted)
    check(normalised(row.form), bases=viewed.element.bases, employments=employments)
    freeze(row, applicant, cipher)
    await failpoints.hit("applications.submit.frozen")
    row.submitted_at = now
    await move(session, row, Action.SUBMIT, by=viewer, role=Actor.SPECIALIST, now=now)
    return viewed
