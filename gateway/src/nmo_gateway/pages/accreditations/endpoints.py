"""SCR-39: current accreditations with what to do next."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.accreditations import view
from nmo_gateway.pages.blocks import load
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import page_router
from nmo_kit.clock import today

router = page_router()


@router.get("/cabinet/accreditations")
async def accreditations(request: Request) -> Response:
    """Each specialty with its document, its end and the days left; the acts that say so."""
    guard.in_cabinet(request)
    card, own = await asyncio.gather(
        load(request, "registry", "/api/v1/register/card", absent_ok=True),
        load(request, "registry", "/api/v1/register/own-documents"),
    )
    return await render(
        request,
        "pages/accreditations/accreditations.html",
        title="Текущие аккредитации",
        menu="profile",
        card=card,
        lines=view.admissions(card.data, own.items, today()),
        acts=view.ACTS,
        instructions=view.INSTRUCTIONS,
    )
