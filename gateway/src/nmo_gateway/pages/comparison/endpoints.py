"""«Сверка данных» (FRM-08, MAT-06)."""

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load
from nmo_gateway.pages.comparison import view
from nmo_gateway.pages.entry.view import again_through_provider
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import page_router

router = page_router()
PAGE = "/cabinet/comparison"


@router.get(PAGE)
async def comparison(request: Request, done: str | None = None) -> Response:
    """Field by field: Госуслуги, the register, the portal, and which of them is right."""
    session = guard.signed_in(request)
    me = await load(request, "identity", "/api/v1/me")
    # Only who is known to be the record's owner sees it in clear.
    open_card = me.data is not None and me.data["entry"] == "full" and me.data.get("specialist_id")
    card = await load(request, "registry", "/api/v1/register/card", absent_ok=True) if open_card else Block()
    match = (me.data or {}).get("match") or {}
    return await render(
        request,
        "pages/comparison/comparison.html",
        title="Сверка данных",
        menu="profile",
        me=me,
        card=card,
        rows=view.rows(me.data, card.data) if me.data else [],
        professional=view.professional(card.data),
        match=match,
        masked=not open_card,
        again=again_through_provider(session.provider, PAGE),
        done=done,
    )
