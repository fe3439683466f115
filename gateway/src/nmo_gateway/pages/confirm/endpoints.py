"""``/login/confirm``: the person proves again who they are, the way they signed in, and goes on (P09)."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.auth.return_to import local_target
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import page_router
from nmo_gateway.service_errors import ServiceError

router = page_router()


@router.get("/login/confirm")
async def confirm(request: Request, return_to: str | None = None) -> Response:
    """Why it is asked, and one button: to the provider the person came from."""
    session = guard.signed_in(request)
    target = local_target(return_to) or "/cabinet"
    return await render(
        request,
        "pages/confirm/confirm.html",
        title="Подтвердите, что это вы",
        provider=session.provider,
        way=await _title_of(request, session.provider),
        query=f"?confirm=1&return_to={quote(target, safe='')}",
        back="/cabinet" if target.startswith(("/resume/", "/oauth2/")) else target,
    )


async def _title_of(request: Request, provider: str) -> str:
    """Name of the provider as people read it; the well-known one when the list cannot be had."""
    try:
        known = await services_of(request).get("identity", "/internal/providers")
    except ServiceError:
        known = []
    return next((str(item["title"]) for item in known if item["key"] == provider), "Госуслуги")
