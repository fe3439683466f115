"""SCR-18: the list, the choice of a kind, the form with its scan, one document (FRM-04, FRM-05, FRM-06)."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.documents import view
from nmo_gateway.pages.documents.filling import CONFIRMATIONS, REFUSED, read_document
from nmo_gateway.pages.forms import Form, specialty_choices
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, Refused, page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
PAGE = view.PAGE
API = "/api/v1/register/own-documents"
DONE = {
    "sent": "Документ отправлен на проверку",
    "resent": "Документ отправлен ещё раз",
    "withdrawn": "Документ отозван",
    "already": "Этот документ вы уже отправляли",
}


@router.get(PAGE)
async def documents(request: Request) -> Response:
    """What the register shows, what was added by hand, and what to do when something is missing."""
    guard.in_cabinet(request)
    card, own = await asyncio.gather(
        load(request, "registry", "/api/v1/register/card", absent_ok=True), load(request, "registry", API)
    )
    return await render(
        request,
        "pages/documents/list.html",
        title="Документы об образовании",
        menu="profile",
        card=card,
        known=view.register_rows(card.data),
        own=own,
        lines=[view.line(item) for item in own.items],
    )


@router.get(f"{PAGE}/new")
async def choose(request: Request, kind: str = "", asked: str = "") -> Response:
    """Which kind: each has fields of its own."""
    guard.in_cabinet(request)
    if kind in view.KINDS:
        raise Redirect(f"{PAGE}/new/{kind}")
    form = Form()
    if asked:
        form.add("kind", "Выберите, какой документ добавить")
    return await render(
        request,
        "pages/documents/choose.html",
        title="Добавить документ",
        menu="profile",
        status=form.status,
        form=form,
        kinds=[{"value": key, "text": view.KINDS[key], "hint": view.HINTS[key]} for key in view.ORDER],
    )


@router.get(f"{PAGE}/new/{{kind}}")
async def ask(request: Request, kind: str) -> Response:
    """The form of a new document."""
    guard.in_cabinet(request)
    return await _form(request, _known(kind), Form(), document=None)


@router.post(f"{PAGE}/new/{{kind}}")
async def send(request: Request, kind: str) -> Response:
    """Keep the scan, then send the form; whatever is wrong stands at its field and the scan stays."""
    guard.in_cabinet(request)
    form, body = await read_document(request, _known(kind))
    if body is None or form.get("more"):
        return await _form(request, kind, form, document=None)
    try:
        sent = await services_of(request).post("registry", API, body, idempotency_key=form.idempotency_key)
    except ServiceProblem as problem:
        if problem.code == "already_sent":
            return see(f"{PAGE}/{problem.problem['document_id']}?done=already")
        _take(form, problem)
        return await _form(request, kind, form, document=None)
    return see(f"{PAGE}/{sent['document_id']}?done=sent")


@router.get(f"{PAGE}/{{document_id}}")
async def card(request: Request, document_id: str, done: str | None = None) -> Response:
    """One document: where it stands, by when, what was said, what may be done."""
    guard.in_cabinet(request)
    found = await services_of(request).get("registry", f"{API}/{document_id}")
    return await render(
        request,
        "pages/documents/card.html",
        title=view.KINDS[found["kind"]],
        menu="profile",
        found=found,
        heading=view.KINDS[found["kind"]],
        status_word=view.STATES[found["state"]],
        term=view.term(found),
        rows=view.rows(found),
        scans=view.scans(found, API),
        history=view.history(found),
        done=DONE.get(done or ""),
    )


@router.get(f"{PAGE}/{{document_id}}/edit")
async def edit(request: Request, document_id: str) -> Response:
    """The form of a document that came back, filled with what was typed."""
    guard.in_cabinet(request)
    found = await services_of(request).get("registry", f"{API}/{document_id}")
    if "resend" not in found["allowed"]:
        raise Redirect(f"{PAGE}/{document_id}")
    return await _form(request, found["kind"], Form(values=view.form_values(found)), document=found)


@router.post(f"{PAGE}/{{document_id}}/edit")
async def resend(request: Request, document_id: str) -> Response:
    """Send it again, corrected or with further papers."""
    guard.in_cabinet(request)
    services = services_of(request)
    found = await services.get("registry", f"{API}/{document_id}")
    form, body = await read_document(request, found["kind"], scan_needed=False)
    if body is None or form.get("more"):
        return await _form(request, found["kind"], form, document=found)
    try:
        path = f"{API}/{document_id}/resend"
        await services.post("registry", path, body, idempotency_key=form.idempotency_key)
    except ServiceProblem as problem:
        _take(form, problem)
        return await _form(request, found["kind"], form, document=found)
    return see(f"{PAGE}/{document_id}?done=resent")


@router.post(f"{PAGE}/{{document_id}}/withdraw")
async def withdraw(request: Request, document_id: str) -> Response:
    """Take it back."""
    guard.in_cabinet(request)
    await services_of(request).post("registry", f"{API}/{document_id}/withdraw")
    return see(f"{PAGE}/{document_id}?done=withdrawn")


def _known(kind: str) -> str:
    if kind not in view.KINDS:
        raise Refused(404)
    return kind


def _take(form: Form, problem: ServiceProblem) -> None:
    if problem.status not in REFUSED:
        raise problem
    form.take(problem, {**{name: name for name in view.FIELDS}, "scan_ids": "scan"})


async def _form(request: Request, kind: str, form: Form, *, document: dict[str, Any] | None) -> Response:
    form.sort((*view.FIELDS, "scan", *CONFIRMATIONS))
    specialties = Block()
    if kind in view.ADMISSION:
        specialties = await load(request, "registry", "/api/v1/dictionaries/specialties")
    return await render(
        request,
        "pages/documents/form.html",
        title=view.KINDS[kind],
        menu="profile",
        status=form.status,
        form=form,
        kind=kind,
        heading=view.KINDS[kind],
        admission=kind in view.ADMISSION,
        institution=view.INSTITUTION[kind],
        issued=view.ISSUED[kind],
        specialties=specialty_choices(specialties.items),
        notice=specialties.notice,
        document=document,
        action=f"{PAGE}/{document['document_id']}/edit" if document else f"{PAGE}/new/{kind}",
        kept=len([part for part in form.get("scan_ids").split(",") if part]),
        scripts=("vendor/autocomplete.js",),
    )
