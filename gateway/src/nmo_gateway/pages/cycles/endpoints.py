"""SCR-21, 22, 23: list of cycles with ready offers, a new cycle, its card, its preferred organisation."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.cycles import view
from nmo_gateway.pages.forms import Form, read_form, specialty_choices
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.questionnaire.endpoints import ask_for_it
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.service_errors import ServiceProblem
from nmo_kit.clock import today

router = page_router()
CONFLICT = 409
QUESTIONNAIRE = "questionnaire_required"
PAGE = "/cabinet/cycles"


@router.get(PAGE)
async def cycles(request: Request, done: str | None = None) -> Response:
    """SCR-21: offers first, then both sections."""
    guard.specialist(request)
    return await _list(request, Form(), done)


async def _list(request: Request, form: Form, done: str | None = None) -> Response:
    found, offers = await asyncio.gather(
        load(request, "cycles", "/api/v1/cycles"), load(request, "cycles", "/api/v1/cycles/offers")
    )
    return await render(
        request,
        "pages/cycles/list.html",
        title="Пятилетние циклы",
        menu="cycles",
        status=form.status,
        form=form,
        found=found,
        sections=view.sections(found.items),
        offers=view.offers(offers.items),
        done=done,
    )


@router.post(PAGE)
async def open_offer(request: Request) -> Response:
    """One press: open the cycle of a document from the register (CYC-03)."""
    guard.specialist(request)
    form = await read_form(request)
    try:
        made = await services_of(request).post(
            "cycles",
            "/api/v1/cycles",
            {"document_id": form.get("document_id")},
            idempotency_key=form.idempotency_key,
        )
    except ServiceProblem as problem:
        if problem.status not in {CONFLICT, 422}:
            raise
        if problem.code == QUESTIONNAIRE:
            await ask_for_it(request, form, PAGE)
        else:
            form.summary.append(problem.detail)
        return await _list(request, form)
    return see(f"{PAGE}/{made['cycle_id']}?done=opened")


async def _specialties(request: Request) -> Block:
    return await load(request, "registry", "/api/v1/dictionaries/specialties")


def _names(specialties: Block) -> dict[str, str]:
    return {item["key"]: item["name"] for item in specialties.items}


@router.get(f"{PAGE}/new")
async def new(request: Request, done: str | None = None) -> Response:
    """SCR-22: type the document; the dates are computed."""
    guard.specialist(request)
    return await _form(request, Form(), await _specialties(request), done)


async def _form(request: Request, form: Form, specialties: Block, done: str | None = None) -> Response:
    return await render(
        request,
        "pages/cycles/new.html",
        title="Добавить пятилетний цикл",
        menu="cycles",
        status=form.status,
        form=form,
        notice=specialties.notice,
        done=done,
        specialties=specialty_choices(specialties.items),
        scripts=("vendor/autocomplete.js",),
    )


@router.post(f"{PAGE}/new")
async def create(request: Request) -> Response:
    """Check the form, show the computed dates, then open the cycle (CYC-02)."""
    guard.specialist(request)
    form = await read_form(request)
    specialties = await _specialties(request)
    if specialties.notice:
        return await _form(request, Form(values=dict(form.values)), specialties)
    made = view.read_new(form, specialties=_names(specialties), today=today())
    if made is None or form.get("step") == "back":
        return await _form(request, form, specialties)
    if form.get("step") != "save":
        return await render(
            request,
            "pages/cycles/check.html",
            title="Проверьте цикл",
            menu="cycles",
            form=form,
            new=made,
            specialty=_names(specialties)[made.specialty_key],
            document=view.document_words(made.document),
        )
    body = {"specialty_key": made.specialty_key, "document": made.document}
    try:
        cycle = await services_of(request).post(
            "cycles", "/api/v1/cycles", body, idempotency_key=form.idempotency_key
        )
    except ServiceProblem as problem:
        if problem.status not in {CONFLICT, 422}:
            raise
        if problem.code == QUESTIONNAIRE:
            await ask_for_it(request, form, f"{PAGE}/new")
        else:
            form.take(problem, view.FIELDS_OF_SERVICE)
        return await _form(request, form, specialties)
    return see(f"{PAGE}/{cycle['cycle_id']}?done=opened")


async def _cycle(request: Request, cycle_id: str) -> dict[str, Any]:
    plan = await services_of(request).get("cycles", f"/api/v1/cycles/{cycle_id}/plan")
    cycle: dict[str, Any] = plan["cycle"]
    return {**cycle, "in_use": any(group["items"] for group in plan["groups"])}


async def _card(request: Request, cycle: dict[str, Any], form: Form, done: str | None = None) -> Response:
    organization = None
    if cycle.get("preferred_organization_id"):
        path = f"/api/v1/catalog/organizations/{cycle['preferred_organization_id']}"
        organization = (await load(request, "catalog", path, absent_ok=True)).data
    return await render(
        request,
        "pages/cycles/card.html",
        title=f"Цикл «{cycle['specialty_name']}»",
        menu="cycles",
        status=form.status,
        form=form,
        cycle=cycle,
        cycle_status=view.status_of(cycle),
        document=view.document_words(cycle["document"]),
        gone_since=view.gone_since(cycle),
        organization=organization,
        done=done,
    )


@router.get(f"{PAGE}/{{cycle_id}}")
async def card(request: Request, cycle_id: str, done: str | None = None) -> Response:
    """The card: only the organisation can be changed (CYC-04)."""
    guard.specialist(request)
    return await _card(request, await _cycle(request, cycle_id), Form(), done)


@router.get(f"{PAGE}/{{cycle_id}}/delete")
async def ask_delete(request: Request, cycle_id: str) -> Response:
    """Ask before deleting."""
    guard.specialist(request)
    cycle = await _cycle(request, cycle_id)
    return await render(
        request, "pages/cycles/delete.html", title="Удалить цикл?", menu="cycles", cycle=cycle, form=Form()
    )


@router.post(f"{PAGE}/{{cycle_id}}/delete")
async def delete(request: Request, cycle_id: str) -> Response:
    """Delete while nothing hangs on it; otherwise say why not."""
    guard.specialist(request)
    form = await read_form(request)
    try:
        await services_of(request).delete("cycles", f"/api/v1/cycles/{cycle_id}")
    except ServiceProblem as problem:
        if problem.status != CONFLICT:
            raise
        form.summary.append(problem.detail)
        return await _card(request, await _cycle(request, cycle_id), form)
    return see(f"{PAGE}?done=deleted")


@router.get(f"{PAGE}/{{cycle_id}}/organisation")
async def organisation(request: Request, cycle_id: str, q: str = "") -> Response:
    """SCR-23: find and choose the preferred organisation."""
    guard.specialist(request)
    return await _organisations(request, await _cycle(request, cycle_id), Form(values={"q": q}))


async def _organisations(request: Request, cycle: dict[str, Any], form: Form) -> Response:
    params = {"q": form.get("q") or None, "limit": 20}
    found = await load(request, "catalog", "/api/v1/catalog/organizations", params)
    return await render(
        request,
        "pages/cycles/organisation.html",
        title="Приоритетная организация",
        menu="cycles",
        status=form.status,
        form=form,
        cycle=cycle,
        found=found,
        options=[
            {"value": item["organization_id"], "text": item["name"], "hint": item.get("region_name")}
            for item in found.items
        ],
    )


@router.post(f"{PAGE}/{{cycle_id}}/organisation")
async def choose_organisation(request: Request, cycle_id: str) -> Response:
    """Keep the preferred organisation: the only thing that changes after saving."""
    guard.specialist(request)
    form = await read_form(request)
    cycle = await _cycle(request, cycle_id)
    chosen = form.get("organization_id")
    if not chosen:
        form.add("organization_id", "Выберите организацию")
        return await _organisations(request, cycle, form)
    body = {"preferred_organization_id": chosen}
    await services_of(request).patch(
        "cycles", f"/api/v1/cycles/{cycle_id}", body, if_match=cycle.get("version")
    )
    return see(f"{PAGE}/{cycle_id}?done=organisation")
