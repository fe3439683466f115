"""SCR-24: the individual plan of one cycle; removing a component that nothing hangs on."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.home.view import choose_cycle
from nmo_gateway.pages.plan import view
from nmo_gateway.pages.routing import page_router, see
from nmo_kit.clock import today

router = page_router()


@router.get("/cabinet/plan")
async def plan(request: Request, cycle: str | None = None, done: str | None = None) -> Response:
    """The plan as a table with the columns of the document (CYC-06, CYC-08)."""
    guard.specialist(request)
    cycles = await load(request, "cycles", "/api/v1/cycles")
    chosen = choose_cycle(cycles.items, cycle)
    found: Block | None = None
    offered: dict[str, bool] = {}
    if chosen:
        found, offered = await asyncio.gather(
            load(request, "cycles", f"/api/v1/cycles/{chosen['cycle_id']}/plan"), _offered(request, chosen)
        )
    groups = view.plan_groups(found.data, today(), offered=offered) if found and found.data else []
    return await render(
        request,
        "pages/plan/plan.html",
        title="План обучения",
        menu="plan",
        cycles=cycles,
        cycle=chosen,
        found=found,
        groups=groups,
        removable=[line for group in groups for line in group.lines if line.removable],
        done=done,
    )


async def _offered(request: Request, cycle: dict[str, Any]) -> dict[str, bool]:
    """Whether the catalogue has anything for each group; a stopped catalogue is no reason to say «Отсутствуют»."""
    if cycle["closed"]:
        return {}
    blocks = await asyncio.gather(
        *(
            load(
                request,
                "catalog",
                "/api/v1/catalog/elements",
                {"specialty": cycle["specialty_key"], "kind": list(kinds), "limit": 1},
            )
            for kinds in view.KINDS_OF_GROUP.values()
        )
    )
    return {
        code: bool(block.notice or block.items)
        for code, block in zip(view.KINDS_OF_GROUP, blocks, strict=True)
    }


@router.post("/cabinet/plan/{cycle_id}/remove/{item_id}")
async def remove(request: Request, cycle_id: str, item_id: str) -> Response:
    """Take a component out of the plan."""
    guard.specialist(request)
    await services_of(request).delete("cycles", f"/api/v1/cycles/{cycle_id}/plan/items/{item_id}")
    return see(f"/cabinet/plan?cycle={cycle_id}&done=removed")
