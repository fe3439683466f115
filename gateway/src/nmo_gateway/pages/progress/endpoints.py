"""SCR-20, SCR-34: progress in all and by year, norms side by side, the ledger (CYC-10)."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.home.view import choose_cycle
from nmo_gateway.pages.progress import view
from nmo_gateway.pages.routing import page_router
from nmo_kit.clock import today

router = page_router()


@router.get("/cabinet/progress")
async def progress(request: Request, cycle: str | None = None) -> Response:
    """Totals, years with a text alternative, components, norms, ledger."""
    guard.specialist(request)
    cycles = await load(request, "cycles", "/api/v1/cycles")
    chosen = choose_cycle(cycles.items, cycle)
    found, ledger = Block(), Block()
    if chosen:
        path = f"/api/v1/cycles/{chosen['cycle_id']}"
        found, ledger = await asyncio.gather(
            load(request, "cycles", f"{path}/progress"),
            load(request, "cycles", f"{path}/ledger", {"limit": 100}),
        )
    day = today()
    years = view.year_rows(found.data, day) if found.data else []
    return await render(
        request,
        "pages/progress/progress.html",
        title="Прогресс",
        menu="progress",
        cycles=cycles,
        cycle=chosen,
        found=found,
        hero=view.hero(found.data, chosen, day) if chosen and found.data else None,
        years=years,
        norm=view.norm_of(years),
        norms=view.norms(found.data) if found.data else [],
        ledger=view.ledger_rows(ledger.items),
    )
