"""Version 1 of ЕСИА's sign-in: `ac` and `te`, signed with CMS over scope, timestamp, client and state."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from nmo_sandbox.esia.authorize import authorize
from nmo_sandbox.esia.core import Esia, Protocol
from nmo_sandbox.esia.exchange import exchange
from nmo_sandbox.esia.signature import verify_cms

_SIGNED = ("scope", "timestamp", "client_id", "state")
V1 = Protocol(
    "v1",
    signed_to_ask=_SIGNED,
    signed_for_code=_SIGNED,
    signed_for_system=_SIGNED,
    signed_to_refresh=(_SIGNED,),
    verify=verify_cms,
    names_certificate=False,
    knows_proof=False,
)


def v1_routes(esia: Esia) -> APIRouter:
    """Return the routes of version 1."""
    router = APIRouter(prefix="/aas/oauth2")

    @router.api_route("/ac", methods=["GET", "POST"])
    async def ask(request: Request) -> Response:
        """Ask for a sign-in."""
        return await authorize(esia, V1, request)

    @router.post("/te")
    async def tokens(request: Request) -> Response:
        """Exchange a code or a refresh token, or get the system's own token."""
        return await exchange(esia, V1, request)

    return router
