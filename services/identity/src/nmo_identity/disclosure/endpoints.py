"""Route of disclosure, for services alone."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nmo_identity.deps import CipherDep
from nmo_identity.disclosure.commands.disclose import disclose_persons
from nmo_identity.disclosure.schemas import Disclosed, DisclosedPerson, DiscloseRequest
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import WriteDep
from nmo_kit.errors import Forbidden, problems

router = APIRouter(tags=["disclosure"])


@router.post("/internal/persons/disclose", responses=problems(Forbidden))
@action("identity.person.disclose")
async def disclose(
    body: DiscloseRequest,
    session: WriteDep,
    principal: CurrentPrincipal,
    cipher: CipherDep,
    response: Response,
) -> Disclosed:
    """Data of up to 200 persons for a named purpose; each look is in the person's journal."""
    response.headers["Cache-Control"] = "no-store"
    found = await disclose_persons(session, body.person_ids, body.purpose, by=principal, cipher=cipher)
    return Disclosed(items=[DisclosedPerson.model_validate(item) for item in found])
