"""``/auth/{provider}/backchannel-logout``: a provider tells that a person signed out there (Back-Channel Logout 1.0)."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nmo_gateway.limits.address import limit_key
from nmo_gateway.runtime import Gateway
from nmo_gateway.service_errors import ServiceDown, ServiceProblem

logger = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)
Provider = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
MAX_TOKEN = 16_384
NO_STORE = {"Cache-Control": "no-store"}
BAD_REQUEST, UNAVAILABLE = 400, 503


@router.post("/auth/{provider}/backchannel-logout")
async def backchannel_logout(request: Request, provider: Provider) -> Response:
    """Take the form a provider's server sends; no cookie is read, the token is the whole proof.

    200 when the sessions are over, 400 when the token is not to be believed, 503 when it should be sent again.
    """
    gateway: Gateway = request.app.state.gateway
    await gateway.sign_in_limit.take("backchannel:" + limit_key(request.state.client_address))
    form = await request.form(max_files=0, max_fields=5)
    tokens = [value for value in form.getlist("logout_token") if isinstance(value, str)]
    if len(tokens) != 1 or not 0 < len(tokens[0]) <= MAX_TOKEN:
        return _refused()
    try:
        await gateway.identity.backchannel_logout(provider, tokens[0])
    except ServiceProblem as problem:
        logger.warning("backchannel_refused", provider=provider, code=problem.code)
        return _refused()
    except ServiceDown:
        return JSONResponse(
            {"error": "temporarily_unavailable"}, UNAVAILABLE, {**NO_STORE, "Retry-After": "30"}
        )
    return Response(status_code=200, headers=NO_STORE)


def _refused() -> Response:
    return JSONResponse({"error": "invalid_request"}, BAD_REQUEST, NO_STORE)
