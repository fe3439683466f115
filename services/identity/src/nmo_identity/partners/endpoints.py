"""Route of registering partners, for the administrator."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nmo_identity.oidc_provider.commands.put_client import new_secret, put_client
from nmo_identity.oidc_provider.queries import any_client
from nmo_identity.oidc_provider.rules import GATEWAY, SERVICES, is_redirect_uri
from nmo_identity.partners.errors import ClientTaken
from nmo_identity.partners.schemas import RegisteredPartner, RegisterPartner
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import WriteDep
from nmo_kit.errors import FieldError, FieldProblem, problems

router = APIRouter(prefix="/api/v1/admin", tags=["admin"])


@router.post("/partners", status_code=201, responses=problems(ClientTaken))
@action("identity.partner.register")
async def register(
    body: RegisterPartner, session: WriteDep, principal: CurrentPrincipal, response: Response
) -> RegisteredPartner:
    """Register a partner and give its secret, once."""
    response.headers["Cache-Control"] = "no-store"
    faults = [
        FieldError(
            pointer=f"/redirect_uris/{number}",
            code="redirect_uri",
            message="Введите адрес, который начинается с https:// и не содержит знака #",
        )
        for number, uri in enumerate(body.redirect_uris)
        if not is_redirect_uri(uri)
    ]
    if faults:
        raise FieldProblem(faults)
    taken = body.client_id in SERVICES or body.client_id == GATEWAY
    if taken or await any_client(session, body.client_id) is not None:
        raise ClientTaken
    secret = new_secret()
    await put_client(
        session,
        client_id=body.client_id,
        title=body.title,
        kind="confidential",
        redirect_uris=body.redirect_uris,
        scopes=list(dict.fromkeys(body.scopes)),
        secret=secret,
        by=principal,
        now=clock.now(),
    )
    return RegisteredPartner(client_id=body.client_id, client_secret=secret)
