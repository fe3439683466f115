"""SCR-16 «Личные сведения»."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.profile import view
from nmo_gateway.pages.questionnaire.endpoints import rows as questionnaire_rows
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()


@router.get("/cabinet/profile")
async def profile(request: Request, done: str | None = None) -> Response:
    """What Госуслуги and the register know, with the day of the last update (FRM-01)."""
    guard.specialist(request)
    me, card, asked, specialties, links = await asyncio.gather(
        load(request, "identity", "/api/v1/me"),
        load(request, "registry", "/api/v1/register/card", absent_ok=True),
        load(request, "identity", "/api/v1/me/questionnaire", absent_ok=True),
        load(request, "registry", "/api/v1/dictionaries/specialties"),
        load(request, "identity", "/api/v1/me/links", absent_ok=True),
    )
    way = view.way_in(me.data or {}, links.data or {})
    names = {item["key"]: item["name"] for item in specialties.items}
    return await render(
        request,
        "pages/profile/profile.html",
        title="Личные сведения",
        menu="profile",
        me=me,
        card=card,
        identity=view.identity_rows(me.data, way) if me.data else [],
        sections=view.sections(card.data) if card.data else [],
        never_given=view.never_given(card.data) if card.data else "",
        questionnaire=questionnaire_rows((asked.data or {}).get("filled"), names),
        leave=view.sign_out_there(me.data or {}, way),
        done=done,
    )


@router.post("/cabinet/profile/refresh")
async def refresh(request: Request) -> Response:
    """Compare with the register again now."""
    guard.specialist(request)
    try:
        await services_of(request).post("identity", "/api/v1/me/refresh")
    except ServiceProblem as problem:
        if problem.code != "match_quota_spent":
            raise
        return see("/cabinet/profile?done=quota")
    return see("/cabinet/profile?done=refreshed")
