"""Routes of registered partners, for the administrator (PAR-01, SSO-11)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from nmo_identity.deps import SettingsDep
from nmo_identity.oidc_provider.commands.put_client import new_secret, put_client
from nmo_identity.oidc_provider.queries import all_clients, any_client
from nmo_identity.oidc_provider.rules import GATEWAY, SERVICES
from nmo_identity.partners.commands.change_client import change_secret, disable_client, enable_client
from nmo_identity.partners.errors import ClientTaken, NoSecret
from nmo_identity.partners.rules import faults_of
from nmo_identity.partners.schemas import (
    PartnerItem,
    Partners,
    PartnerSecret,
    RegisteredPartner,
    RegisterPartner,
)
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import FieldError, FieldProblem, NotFound, problems
from nmo_kit.safe_http import AddressRefused, check_url

router = APIRouter(prefix="/api/v1/admin/partners", tags=["admin"])
NO_STORE = {"Cache-Control": "no-store"}
ClientId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{2,40}$")]


@router.get("")
@action("identity.partner.list")
async def list_partners(session: ReadDep) -> Partners:
    """Every registered client, disabled ones too."""
    names = PartnerItem.model_fields
    return Partners(
        items=[
            PartnerItem(**{name: getattr(row, name) for name in names}) for row in await all_clients(session)
        ]
    )


@router.post("", status_code=201, responses=problems(ClientTaken))
@action("identity.partner.register")
async def register(
    body: RegisterPartner,
    session: WriteDep,
    principal: CurrentPrincipal,
    settings: SettingsDep,
    response: Response,
) -> RegisteredPartner:
    """Register a partner and give its secret, once."""
    response.headers.update(NO_STORE)
    _check(body, allow_loopback=not settings.is_production)
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
        purpose=body.purpose,
        post_logout_redirect_uris=body.post_logout_redirect_uris,
        backchannel_logout_uri=body.backchannel_logout_uri,
        id_token_signed_response_alg=body.id_token_signed_response_alg,
    )
    return RegisteredPartner(client_id=body.client_id, client_secret=secret)


@router.post("/{client_id}/disable", status_code=204, responses=problems(NotFound))
@action("identity.partner.disable")
async def disable(client_id: ClientId, session: WriteDep, principal: CurrentPrincipal) -> None:
    """Stop a client: nobody signs in there, its tokens are worth nothing."""
    await disable_client(session, client_id, by=principal, now=clock.now())


@router.post("/{client_id}/enable", status_code=204, responses=problems(NotFound))
@action("identity.partner.enable")
async def enable(client_id: ClientId, session: WriteDep, principal: CurrentPrincipal) -> None:
    """Let a disabled client work again."""
    await enable_client(session, client_id, by=principal)


@router.post("/{client_id}/secret", responses=problems(NotFound, NoSecret))
@action("identity.partner.secret")
async def secret(
    client_id: ClientId, session: WriteDep, principal: CurrentPrincipal, response: Response
) -> PartnerSecret:
    """A new secret, told once; the old one is worth nothing from now on."""
    response.headers.update(NO_STORE)
    return PartnerSecret(client_secret=await change_secret(session, client_id, by=principal, now=clock.now()))


def _check(body: RegisterPartner, *, allow_loopback: bool) -> None:
    def may_call(url: str) -> bool:
        try:
            check_url(url, allow_loopback=allow_loopback)
        except AddressRefused:
            return False
        return True

    faults = faults_of(
        scopes=body.scopes,
        redirect_uris=body.redirect_uris,
        post_logout_redirect_uris=body.post_logout_redirect_uris,
        backchannel_logout_uri=body.backchannel_logout_uri,
        purpose=body.purpose,
        may_call=may_call,
    )
    if faults:
        raise FieldProblem(
            [FieldError(pointer=pointer, code=code, message=words) for pointer, code, words in faults]
        )
