"""The cabinet's first page."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.home import view
from nmo_gateway.pages.plan.view import plan_groups
from nmo_gateway.pages.progress.view import hero, norm_of, year_rows
from nmo_gateway.pages.routing import page_router
from nmo_kit.clock import today

router = page_router()


@router.get("/cabinet")
async def home(request: Request, cycle: str | None = None) -> Response:
    """SCR-15: what is left, what to do, near terms, plan, years."""
    guard.specialist(request)
    cycles, offers, applications = await asyncio.gather(
        load(request, "cycles", "/api/v1/cycles"),
        load(request, "cycles", "/api/v1/cycles/offers"),
        load(request, "applications", "/api/v1/applications"),
    )
    chosen = view.choose_cycle(cycles.items, cycle)
    plan, progress = Block(), Block()
    if chosen:
        path = f"/api/v1/cycles/{chosen['cycle_id']}"
        plan, progress = await asyncio.gather(
            load(request, "cycles", f"{path}/plan"), load(request, "cycles", f"{path}/progress")
        )
    day = today()
    years = year_rows(progress.data, day) if progress.data else []
    return await render(
        request,
        "pages/home/home.html",
        title="Главная",
        menu="home",
        cycles=cycles,
        cycle=chosen,
        offers=[offer for offer in offers.items if not (offer.get("cycle_id") or offer.get("ended"))],
        applications=applications,
        plan=plan,
        progress=progress,
        hero=hero(progress.data, chosen, day) if chosen and progress.data else None,
        tasks=view.tasks(applications.items, offers.items, chosen, plan.data, day),
        terms=view.terms(chosen, plan.data, day),
        groups=plan_groups(plan.data, day) if plan.data else [],
        years=years,
        norm=norm_of(years),
    )
