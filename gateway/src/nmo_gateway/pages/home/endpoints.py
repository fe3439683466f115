"""The cabinet's first page."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.home import view
from nmo_gateway.pages.plan.view import plan_groups
from nmo_gateway.pages.progress.view import hero, norm_of, year_rows
from nmo_gateway.pages.routing import page_router
from nmo_gateway.service_errors import ServiceError
from nmo_kit.clock import today

router = page_router()
CONTACTS_WAIT_S = 0.7
"""What is told about the contacts never holds the page longer than this."""


@router.get("/cabinet")
async def home(request: Request, cycle: str | None = None) -> Response:
    """SCR-15: what is left, what to do, near terms, plan, years."""
    guard.specialist(request)
    cycles, offers, applications, email = await asyncio.gather(
        load(request, "cycles", "/api/v1/cycles"),
        load(request, "cycles", "/api/v1/cycles/offers"),
        load(request, "applications", "/api/v1/applications"),
        _email(request),
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
        tasks=view.tasks(applications.items, offers.items, chosen, plan.data, day, email=email),
        terms=view.terms(chosen, plan.data, day),
        groups=plan_groups(plan.data, day) if plan.data else [],
        years=years,
        norm=norm_of(years),
    )


async def _email(request: Request) -> dict[str, Any] | None:
    """The reader's address with its state; None when it cannot be known at once."""
    try:
        async with asyncio.timeout(CONTACTS_WAIT_S):
            contacts = await services_of(request).get("identity", "/api/v1/contacts")
    except (ServiceError, TimeoutError):
        return None
    email: dict[str, Any] = contacts["email"]
    return email
