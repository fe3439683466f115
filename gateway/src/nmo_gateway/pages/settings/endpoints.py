"""SCR-41: the hub of the settings, and «Входы и устройства»."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.pages.settings import view
from nmo_gateway.pages.settings.menu import SETTINGS
from nmo_gateway.runtime import Gateway

router = page_router()
SESSIONS = "/cabinet/settings/sessions"
ENDED = "ended_by_person"


@router.get("/cabinet/settings")
async def hub(request: Request) -> Response:
    """Everything a person sets for themselves, one line each."""
    guard.signed_in(request)
    return await render(
        request, "pages/settings/hub.html", title="Настройки", menu="settings", settings=SETTINGS
    )


@router.get(SESSIONS)
async def sessions(request: Request, done: str | None = None) -> Response:
    """Where the person is signed in: device, network, when; the one in hand is marked."""
    session = guard.signed_in(request)
    gateway: Gateway = request.app.state.gateway
    found = await load(request, "identity", "/api/v1/me/sessions")
    seen = await gateway.ends.last_seen(session.person_id)
    return await render(
        request,
        "pages/settings/sessions.html",
        title="Входы и устройства",
        menu="settings",
        found=found,
        places=view.places(found.items, seen),
        done=view.DONE.get(done or ""),
    )


@router.post("/cabinet/settings/sessions/{sid}/end")
async def end_one(request: Request, sid: UUID) -> Response:
    """End one sign-in: that browser asks to sign in at its next page."""
    session = guard.signed_in(request)
    await services_of(request).delete("identity", f"/api/v1/me/sessions/{sid}")
    gateway: Gateway = request.app.state.gateway
    await gateway.ends.end_signed_in(session.person_id, ENDED, only=str(sid))
    return see(f"{SESSIONS}?done=one")


@router.post("/cabinet/settings/sessions/end-others")
async def end_others(request: Request) -> Response:
    """End every sign-in but the one in hand."""
    session = guard.signed_in(request)
    await services_of(request).post("identity", "/api/v1/me/sessions/end-others")
    gateway: Gateway = request.app.state.gateway
    await gateway.ends.end_signed_in(session.person_id, ENDED, keep=session.sid)
    return see(f"{SESSIONS}?done=others")
