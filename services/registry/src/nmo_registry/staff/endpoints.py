"""Route of the staff of one's own organisation, for its head and its HR."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from nmo_kit import clock, journal
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import WriteDep
from nmo_kit.errors import Forbidden, problems
from nmo_kit.paging import MAX_CURSOR
from nmo_registry.lookup.endpoints import CipherDep
from nmo_registry.staff.cursor import decode_place, encode_place
from nmo_registry.staff.queries import staff_of
from nmo_registry.staff.schemas import EmployerStaff, member

router = APIRouter(prefix="/api/v1/employer", tags=["employer"])
FIELDS: Final = (
    "document_kind",
    "full_name",
    "job_kind",
    "position",
    "rate",
    "specialty_name",
    "valid_until",
)
"""What a head learns of each person, as the person's journal names it."""
PURPOSE: Final = "employer_staff"


@router.get("/staff", responses=problems())
@action("registry.staff.read")
async def read_staff(
    session: WriteDep,
    viewer: CurrentPrincipal,
    cipher: CipherDep,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=50)] = 25,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR)] = None,
) -> EmployerStaff:
    """Staff of your organisation by the register who agreed to be shown to their employer, by name.

    Each person on the page finds this look in the list of who got data about them. An organisation that the register
    does not know has no staff.
    """
    if viewer.organization_id is None:
        raise Forbidden
    own = viewer.organization_id
    after = None if cursor is None else decode_place(cursor, own, cipher)
    found = await staff_of(session, own, after=after, limit=limit + 1, today=clock.today())
    page = found.rows[:limit]
    await journal.record_each(
        session,
        (row["person_id"] for row in page),
        actor=viewer,
        action="registry.staff.read",
        fields=FIELDS,
        purpose=PURPOSE,
    )
    more = None
    if len(found.rows) > limit:
        last = page[-1]
        place = (last["last_name"], last["first_name"], last["patronymic"], last["person_id"])
        more = encode_place(place, own, cipher)
    response.headers["Cache-Control"] = "no-store"
    return EmployerStaff(
        items=[member(row) for row in page],
        next_cursor=more,
        staff_total=found.staff_total,
        shown=found.shown,
    )
