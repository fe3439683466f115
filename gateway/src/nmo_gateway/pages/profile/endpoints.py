"""SCR-16 «Личные сведения» and SCR-40 the journal."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.forms import Form, parse_day
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.profile import view
from nmo_gateway.pages.routing import page_router, see

router = page_router()


@router.get("/cabinet/profile")
async def profile(request: Request, done: str | None = None) -> Response:
    """What Госуслуги and the register know, with the day of the last update (FRM-01)."""
    guard.specialist(request)
    me, card = await asyncio.gather(
        load(request, "identity", "/api/v1/me"),
        load(request, "registry", "/api/v1/register/card", absent_ok=True),
    )
    return await render(
        request,
        "pages/profile/profile.html",
        title="Личные сведения",
        menu="profile",
        me=me,
        card=card,
        identity=view.identity_rows(me.data) if me.data else [],
        sections=view.sections(card.data) if card.data else [],
        done=done,
    )


@router.post("/cabinet/profile/refresh")
async def refresh(request: Request) -> Response:
    """Compare with the register again now."""
    guard.specialist(request)
    await services_of(request).post("identity", "/api/v1/me/refresh")
    return see("/cabinet/profile?done=refreshed")


@router.get("/cabinet/journal")
async def journal(request: Request, cursor: str | None = None) -> Response:
    """The person's own journal, filtered by date (AUD-01)."""
    guard.signed_in(request)
    values = {name: request.query_params.get(name, "") for name in ("since", "until")}
    form = Form(values=values)
    days = {name: parse_day(value) for name, value in values.items()}
    for name, value in values.items():
        if value and days[name] is None:
            form.add(name, "Введите дату в формате ДД.ММ.ГГГГ, например 25.05.2025")
    params = {
        "from": view.iso_or_none(days["since"]),
        "to": view.iso_or_none(days["until"]),
        "limit": 25,
        "cursor": cursor,
    }
    found = await load(request, "identity", "/api/v1/me/journal", params)
    return await render(
        request,
        "pages/profile/journal.html",
        title="Журнал действий",
        menu="profile",
        status=form.status,
        form=form,
        found=found,
        entries=view.journal_entries(found.items),
        cursor=cursor,
        next_cursor=(found.data or {}).get("next_cursor"),
    )
