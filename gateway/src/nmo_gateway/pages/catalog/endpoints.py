"""SCR-25..28: the catalogue for everybody and for a cycle, its cards, organisations, «Записаться»."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.catalog import query as queries
from nmo_gateway.pages.catalog import view
from nmo_gateway.pages.forms import Form, read_form, specialty_choices
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.home.view import choose_cycle
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.service_errors import ServiceError, ServiceProblem

router = page_router()
ELEMENTS = "/api/v1/catalog/elements"
APPLICATION_WAIT_S = 2.0
APPLICATION_ASK_S = 0.2
CONFLICT = 409


@router.get("/catalog")
async def public(request: Request) -> Response:
    """The catalogue without sign-in."""
    return await _search(request, queries.read(request.query_params, "/catalog"), cycle=None, chosen={})


@router.get("/cabinet/catalog")
async def cabinet(request: Request, cycle: str | None = None) -> Response:
    """SCR-25: filtered to the cycle's specialty, the preferred organisation first (CYC-08)."""
    guard.specialist(request)
    cycles = await load(request, "cycles", "/api/v1/cycles")
    chosen = choose_cycle(cycles.items, cycle)
    fixed: dict[str, str] = {}
    plan = Block()
    if chosen:
        fixed = {"specialty": chosen["specialty_key"]}
        if chosen.get("preferred_organization_id"):
            fixed["preferred"] = chosen["preferred_organization_id"]
        plan = await load(request, "cycles", f"/api/v1/cycles/{chosen['cycle_id']}/plan")
    asked = queries.read(request.query_params, "/cabinet/catalog", fixed)
    return await _search(
        request, asked, cycle=chosen, chosen=view.chosen_elements(plan.data), notice=cycles.notice
    )


async def _search(
    request: Request,
    asked: queries.Query,
    *,
    cycle: dict[str, Any] | None,
    chosen: dict[str, str | None],
    notice: str | None = None,
) -> Response:
    found = Block()
    if not asked.form.errors:
        found = await load(request, "catalog", ELEMENTS, asked.parameters())
    regions, specialties = await asyncio.gather(
        load(request, "registry", "/api/v1/dictionaries/regions"),
        load(request, "registry", "/api/v1/dictionaries/specialties"),
    )
    suffix = f"?cycle={cycle['cycle_id']}" if cycle else ""
    total = (found.data or {}).get("total_capped", 0)
    next_cursor = (found.data or {}).get("next_cursor")
    return await render(
        request,
        "pages/catalog/list.html",
        title="Подбор обучения" if cycle else "Каталог обучения",
        menu="catalog",
        status=asked.form.status,
        asked=asked,
        form=asked.form,
        form_key=Form().idempotency_key,
        cycle=cycle,
        found=found,
        notice=notice,
        lines=[view.line(item, base=asked.path, suffix=suffix, chosen=chosen) for item in found.items],
        total_words=view.found_words(total),
        suggestion=(found.data or {}).get("suggestion"),
        corrected=(found.data or {}).get("corrected"),
        advice=view.empty_advice(dict(asked.form.values)),
        next_href=asked.with_(cursor=next_cursor) if next_cursor else None,
        first_href=asked.with_() if asked.cursor else None,
        regions=[(item.get("code") or item["key"], item["name"]) for item in regions.items],
        specialties=specialty_choices(specialties.items),
        sorts=queries.SORTS,
        scripts=("vendor/autocomplete.js",),
    )


@router.get("/catalog/{element_id}")
async def public_card(request: Request, element_id: str) -> Response:
    """A card without sign-in."""
    element = await services_of(request).get("catalog", f"{ELEMENTS}/{element_id}")
    return await _card(request, element, base="/catalog", cycles=[], cycle=None, chosen={})


@router.get("/cabinet/catalog/{element_id}")
async def card(request: Request, element_id: str, cycle: str | None = None) -> Response:
    """SCR-27: the whole card with one button."""
    guard.specialist(request)
    element = await services_of(request).get("catalog", f"{ELEMENTS}/{element_id}")
    return await _cabinet_card(request, element, cycle)


async def _cabinet_card(
    request: Request, element: dict[str, Any], cycle: str | None, problem: str | None = None
) -> Response:
    cycles = await load(request, "cycles", "/api/v1/cycles")
    fitting = view.fitting_cycles(cycles.items, element)
    picked = choose_cycle(fitting, cycle)
    plan = Block()
    if picked:
        plan = await load(request, "cycles", f"/api/v1/cycles/{picked['cycle_id']}/plan")
    return await _card(
        request,
        element,
        base="/cabinet/catalog",
        cycles=fitting,
        cycle=picked,
        chosen=view.chosen_elements(plan.data),
        notice=cycles.notice,
        problem=problem,
    )


async def _card(
    request: Request,
    element: dict[str, Any],
    *,
    base: str,
    cycles: list[dict[str, Any]],
    cycle: dict[str, Any] | None,
    chosen: dict[str, str | None],
    notice: str | None = None,
    problem: str | None = None,
) -> Response:
    return await render(
        request,
        "pages/catalog/card.html",
        title=element["title"],
        menu="catalog",
        status=CONFLICT if problem else 200,
        element=element,
        line=view.line(element, base=base, suffix="", chosen=chosen),
        rows=view.card_rows(element),
        in_cabinet=base.startswith("/cabinet"),
        cycles=cycles,
        cycle=cycle,
        form=Form(values={"cycle_id": cycle["cycle_id"] if cycle else ""}),
        notice=notice,
        problem=problem,
        back=f"{base}?cycle={cycle['cycle_id']}" if cycle else base,
    )


@router.post("/cabinet/catalog/{element_id}/choose")
async def choose(request: Request, element_id: str) -> Response:
    """«Записаться»: put the element into the plan; a programme's application appears within two seconds (APP-01)."""
    guard.specialist(request)
    form = await read_form(request)
    cycle_id = form.get("cycle_id")
    try:
        item = await services_of(request).post(
            "cycles",
            f"/api/v1/cycles/{cycle_id}/plan/items",
            {"element_id": element_id},
            idempotency_key=form.idempotency_key,
        )
    except ServiceProblem as problem:
        if problem.status not in {CONFLICT, 422}:
            raise
        element = await services_of(request).get("catalog", f"{ELEMENTS}/{element_id}")
        return await _cabinet_card(request, element, cycle_id, problem.detail)
    if item["kind"] != "programme":
        return see(f"/cabinet/plan?cycle={cycle_id}&done=added")
    number = await _number_of(request, item["plan_item_id"], wait_s=APPLICATION_WAIT_S)
    if number is None:
        return see(f"/cabinet/applications/creating?item={item['plan_item_id']}")
    return see(f"/cabinet/applications/{number}/edit")


async def _number_of(request: Request, plan_item_id: str, *, wait_s: float) -> str | None:
    """Ask for the application of a plan item until it is there or the time is over; None when it is not there yet."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_s
    while True:
        try:
            found = await services_of(request).get(
                "applications", "/api/v1/applications", params={"plan_item_id": plan_item_id, "limit": 1}
            )
        except ServiceError:
            return None
        if found["items"]:
            return str(found["items"][0]["number"])
        if loop.time() >= deadline:
            return None
        await asyncio.sleep(APPLICATION_ASK_S)


@router.get("/cabinet/applications/creating")
async def creating(request: Request, item: str = "") -> Response:
    """The application is still being made: the page asks again by itself and by a link."""
    guard.specialist(request)
    number = await _number_of(request, item, wait_s=0) if item else None
    if number is not None:
        return see(f"/cabinet/applications/{number}/edit")
    return await render(
        request, "pages/catalog/creating.html", title="Готовим заявку", menu="applications", refresh_s=2
    )


@router.get("/organisations/{organization_id}")
async def organisation(request: Request, organization_id: str) -> Response:
    """SCR-26: contacts, and what the organisation teaches (CAT-04)."""
    path = f"/api/v1/catalog/organizations/{organization_id}"
    found = await services_of(request).get("catalog", path)
    elements = await load(request, "catalog", ELEMENTS, {"organization": organization_id, "limit": 10})
    return await render(
        request,
        "pages/catalog/organisation.html",
        title=found["name"],
        menu="catalog",
        organization=found,
        rows=view.organization_rows(found),
        elements=elements,
        lines=[view.line(item, base="/catalog", suffix="", chosen={}) for item in elements.items],
    )
