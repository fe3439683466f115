"""Route of providers' back channel, called by the gateway alone."""

from __future__ import annotations

from fastapi import APIRouter

from nmo_identity.deps import DatabaseDep
from nmo_identity.login import errors
from nmo_identity.oidc_client.connector import OidcConnector
from nmo_identity.providers.deps import ProvidersDep
from nmo_identity.providers.port import ProviderRefusal
from nmo_identity.upstream_logout.commands.take import take_logout
from nmo_identity.upstream_logout.errors import LogoutTokenInvalid
from nmo_identity.upstream_logout.schemas import BackchannelLogout, EndedThere
from nmo_kit import clock
from nmo_kit.auth import action
from nmo_kit.errors import problems

router = APIRouter(tags=["login"])


@router.post(
    "/internal/login/backchannel",
    responses=problems(LogoutTokenInvalid, errors.ProviderUnknown, errors.ProviderUnavailable),
)
@action("identity.login.backchannel")
async def backchannel(body: BackchannelLogout, db: DatabaseDep, providers: ProvidersDep) -> EndedThere:
    """End the sessions of a person who signed out at their provider."""
    provider = providers.get(body.provider)
    if not isinstance(provider, OidcConnector):
        raise errors.ProviderUnknown
    try:
        return EndedThere(ended=await take_logout(db, provider, body.logout_token, now=clock.now()))
    except ProviderRefusal as refusal:
        raise errors.ProviderUnavailable from refusal
