"""The page of the choice, which the header of every page leads to."""

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.forms import read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.pages.workplaces import view

router = page_router()


@router.get("/workplace")
async def choose(request: Request) -> Response:
    """All work places of the reader; the current one is marked."""
    session = guard.signed_in(request)
    view.forget(session)
    return await render(
        request,
        "pages/workplaces/workplaces.html",
        title="Рабочее место",
        menu="settings",
        places=await view.places_of(request, session),
    )


@router.post("/workplace")
async def chosen(request: Request) -> Response:
    """Work there from now on: tokens speak for this place alone, the menu is its own."""
    session = guard.signed_in(request)
    form = await read_form(request)
    place = {"role": form.get("role"), "organization_id": form.get("organization_id") or None}
    await services_of(request).put("identity", "/api/v1/me/workplace", place)
    view.forget(session)
    return see(view.HOMES.get(form.get("role"), "/workplace"))
