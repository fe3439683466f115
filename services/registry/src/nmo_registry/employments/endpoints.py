"""Route of the disclosure of employments, for services only."""

from fastapi import APIRouter

from nmo_kit import journal
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import WriteDep
from nmo_kit.errors import problems
from nmo_registry.employments.queries import employments_of
from nmo_registry.employments.schemas import DisclosedEmployments, EmploymentsRequest, disclosed

router = APIRouter(prefix="/internal/employments", tags=["internal"])


@router.post("", responses=problems())
@action("registry.employments.disclose")
async def disclose_employments(
    body: EmploymentsRequest, session: WriteDep, caller: CurrentPrincipal
) -> DisclosedEmployments:
    """Employments of one mirrored person; the reading is journalled with its purpose."""
    found = await employments_of(session, body.specialist_id)
    await journal.record(
        session,
        actor=caller,
        action="registry.employments.disclose",
        object_=f"specialist/{body.specialist_id}",
        person_id=None,
        purpose=body.purpose,
    )
    return disclosed(found)
