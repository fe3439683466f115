"""Route of the disclosure of employments, for services only."""

from fastapi import APIRouter

from nmo_kit import journal
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.consents import refuse_withdrawn
from nmo_kit.db import WriteDep
from nmo_kit.errors import ConsentRequired, problems
from nmo_registry.employments.queries import employments_of
from nmo_registry.employments.schemas import (
    DisclosedEmployment,
    DisclosedEmployments,
    EmploymentsRequest,
    disclosed,
)

router = APIRouter(prefix="/internal/employments", tags=["internal"])


@router.post("", responses=problems(ConsentRequired))
@action("registry.employments.disclose")
async def disclose_employments(
    body: EmploymentsRequest, session: WriteDep, caller: CurrentPrincipal
) -> DisclosedEmployments:
    """Present employments of one mirrored person for a purpose; the person finds the disclosure in their journal.

    Refused once the person took the consent back.
    """
    await refuse_withdrawn(session, body.person_id)
    found = await employments_of(session, body.specialist_id)
    await journal.record(
        session,
        actor=caller,
        action="registry.employments.disclose",
        object_=f"specialist/{body.specialist_id}",
        person_id=body.person_id,
        fields=sorted(DisclosedEmployment.model_fields) if found else (),
        purpose=body.purpose,
    )
    return disclosed(found)
