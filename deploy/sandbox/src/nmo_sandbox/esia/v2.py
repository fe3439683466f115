"""Version 2 of ЕСИА's sign-in: `v2/ac` with `v3/te`, a bare signature, the certificate named by its hash."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from nmo_sandbox.esia.authorize import authorize
from nmo_sandbox.esia.core import Esia, Protocol
from nmo_sandbox.esia.exchange import exchange
from nmo_sandbox.esia.signature import verify_raw

_ASKED = ("client_id", "scope", "scope_org", "timestamp", "state", "redirect_uri")
_REFRESH_ORDERS = {
    "redirect_uri": (_ASKED,),
    "refresh_token": (("client_id", "scope", "timestamp", "state", "refresh_token"),),
}


def _protocol(refresh_order: str) -> Protocol:
    orders = _REFRESH_ORDERS.get(refresh_order) or tuple(
        order for known in _REFRESH_ORDERS.values() for order in known
    )
    return Protocol(
        "v2",
        signed_to_ask=_ASKED,
        signed_for_code=(*_ASKED, "code"),
        signed_for_system=_ASKED,
        signed_to_refresh=orders,
        verify=verify_raw,
        names_certificate=True,
        knows_proof=True,
    )


def v2_routes(esia: Esia) -> APIRouter:
    """Return the routes of version 2; the setting `refresh_order` says which signed text a refresh must have."""
    router = APIRouter(prefix="/aas/oauth2")
    protocol = _protocol(esia.settings.refresh_order)

    @router.api_route("/v2/ac", methods=["GET", "POST"])
    async def ask(request: Request) -> Response:
        """Ask for a sign-in."""
        return await authorize(esia, protocol, request)

    @router.post("/v3/te")
    async def tokens(request: Request) -> Response:
        """Exchange a code or a refresh token, or get the system's own token."""
        return await exchange(esia, protocol, request)

    return router
