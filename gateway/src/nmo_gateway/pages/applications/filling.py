"""SCR-29: the application in three screens: data (prefilled from the register), check, done."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.applications import view
from nmo_gateway.pages.applications.lookup import PATH, application_by, names
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
REFUSED = {409, 412, 422}
BASE = "/cabinet/applications/{reference}"


async def _editable(request: Request, reference: str) -> dict[str, Any]:
    application = await application_by(request, reference)
    if "edit" not in (application.get("allowed") or []):
        raise Redirect(f"/cabinet/applications/{application['number']}")
    return application


async def _employments(request: Request, application: dict[str, Any]) -> Block:
    path = f"{PATH}/{application['application_id']}/employments"
    return await load(request, "applications", path, absent_ok=True)


@router.get(f"{BASE}/edit")
async def edit(request: Request, reference: str, employer: str | None = None) -> Response:
    """The form; employment comes from the register (APP-02)."""
    guard.specialist(request)
    application = await _editable(request, reference)
    known = await _employments(request, application)
    picked = next((item for item in known.items if item["employer_oid"] == employer), None)
    suggested = (known.data or {}).get("suggested")
    return await _form(
        request, application, known, Form(values=view.form_values(application, suggested, picked))
    )


async def _form(request: Request, application: dict[str, Any], known: Block, form: Form) -> Response:
    regions, specialties = await names(request)
    return await render(
        request,
        "pages/applications/edit.html",
        title="Данные для заявки",
        menu="applications",
        status=form.status,
        form=form,
        application=application,
        rows=view.element_rows(application, specialties.get(application["specialty_key"])),
        known=known,
        employments=known.items,
        regions=list(regions.items()),
        bases=application["element"].get("bases") or [],
        scripts=("vendor/autocomplete.js",),
    )


@router.post(f"{BASE}/edit")
async def save(request: Request, reference: str) -> Response:
    """Save the form and go on to the check; faults come back at their fields."""
    guard.specialist(request)
    form = await read_form(request)
    application = await _editable(request, reference)
    known = await _employments(request, application)
    view.read_faults(form)
    if not form.errors:
        try:
            await services_of(request).patch(
                "applications",
                f"{PATH}/{application['application_id']}",
                view.change(form, known.items),
                if_match=int(form.get("version")) if form.get("version").isdecimal() else None,
            )
        except ServiceProblem as problem:
            if problem.status not in REFUSED:
                raise
            _take(form, problem, application)
    if form.errors or form.summary:
        return await _form(request, application, known, form)
    return see(f"/cabinet/applications/{application['number']}/check")


def _take(form: Form, problem: ServiceProblem, application: dict[str, Any]) -> None:
    """Show the refusal; after somebody else's change the next saving is made over the new version."""
    if problem.field_errors:
        form.take(problem, {name: name for name in view.FIELDS})
        return
    form.summary.append(
        problem.detail or "Пока вы заполняли, заявку изменили. Проверьте данные и сохраните ещё раз."
    )
    form.values = {**form.values, "version": str(application["version"])}


@router.get(f"{BASE}/check")
async def check(request: Request, reference: str) -> Response:
    """«Проверьте заявку»: everything in one place, each row leads to its change."""
    guard.specialist(request)
    application = await _editable(request, reference)
    if not view.is_filled(application):
        raise Redirect(f"/cabinet/applications/{application['number']}/edit")
    return await _check(request, application, Form())


async def _check(request: Request, application: dict[str, Any], form: Form) -> Response:
    (regions, specialties), me = await asyncio.gather(names(request), load(request, "identity", "/api/v1/me"))
    return await render(
        request,
        "pages/applications/check.html",
        title="Проверьте заявку",
        menu="applications",
        status=form.status,
        form=form,
        application=application,
        rows=view.element_rows(application, specialties.get(application["specialty_key"])),
        form_rows=view.form_rows(application, regions),
        me=me.data,
        again=application["status"] == "documents_requested",
    )


@router.post(f"{BASE}/submit")
async def submit(request: Request, reference: str) -> Response:
    """Send the application to the organisation; a seat is held behind it."""
    guard.specialist(request)
    form = await read_form(request)
    application = await application_by(request, reference)
    path = f"{PATH}/{application['application_id']}/submit"
    try:
        await services_of(request).post("applications", path, idempotency_key=form.idempotency_key)
    except ServiceProblem as problem:
        if problem.status not in REFUSED:
            raise
        form.summary.extend(problem.field_errors.values() or [problem.detail])
        return await _check(request, application, form)
    return see(f"/cabinet/applications/{application['number']}/done")


@router.get(f"{BASE}/done")
async def done(request: Request, reference: str) -> Response:
    """The confirmation: number, download, what happens next."""
    guard.specialist(request)
    application = await application_by(request, reference)
    if application["status"] == "draft":
        raise Redirect(f"/cabinet/applications/{application['number']}/edit")
    state = view.state(application)
    return await render(
        request,
        "pages/applications/done.html",
        title=f"Заявка {application['number']} отправлена",
        menu="applications",
        application=application,
        state=state,
        documents=view.documents(application),
    )
