"""SCR-18: the list, the choice of a kind, the form with its scan, one document (FRM-04, FRM-05, FRM-06)."""

import asyncio
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.documents import view
from nmo_gateway.pages.forms import Form, read_form, required_day
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, Refused, page_router, see
from nmo_gateway.service_errors import ServiceProblem
from nmo_kit.clock import today

router = page_router()
PAGE = view.PAGE
API = "/api/v1/register/own-documents"
SCANS = "/api/v1/register/scans"
MOST_BYTES = 5 * 1024 * 1024
REFUSED = {409, 413, 422}
CONFIRMATIONS = {
    "data_are_true": "Подтвердите, что данные верны",
    "reports_new_surname": "Подтвердите, что сообщите о смене фамилии",
}
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
    form, body = await _read(request, _known(kind))
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
    form, body = await _read(request, found["kind"], scan_needed=False)
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


async def _read(
    request: Request, kind: str, *, scan_needed: bool = True
) -> tuple[Form, dict[str, Any] | None]:
    """The filled form, its scan kept, and the body for the service; no body with messages at the fields."""
    form = await read_form(request)
    kept = [part for part in form.get("scan_ids").split(",") if part]
    await _keep_scan(request, form, kept)
    form.values = {**form.values, "scan_ids": ",".join(kept)}
    if form.get("more"):
        # Another file is to be added first: nothing is judged yet but the file itself.
        return form, {} if not form.errors else None
    if scan_needed and not kept:
        form.add("scan", "Приложите скан документа")
    for name, message in view.required(kind):
        if not form.get(name):
            form.add(name, message)
    body: dict[str, Any] = {"kind": kind, "scan_ids": kept}
    body |= {
        name: form.get(name)
        for name in ("specialty_key", "specialty_name", "series", "number", "institution", "theme")
    }
    _numbers(form, kind, body)
    for name, message in CONFIRMATIONS.items():
        body[name] = form.get(name) == "1"
        if not body[name]:
            form.add(name, message)
    return form, None if form.errors else body


def _numbers(form: Form, kind: str, body: dict[str, Any]) -> None:
    """Days and hours as the service takes them; what is no day or no number is said at the field."""
    days = {"issued_on": view.ISSUED[kind][:1].lower() + view.ISSUED[kind][1:]}
    days["issued_on"] = days["issued_on"].replace("дата", "дату", 1)
    if kind in view.ADMISSION:
        days = {"exam_on": "дату сдачи экзамена", **days}
    for name, what in days.items():
        day = required_day(form, name, what=what, latest=today())
        body[name] = day.isoformat() if day else None
    if kind == "additional_education":
        hours = form.get("hours")
        if hours.isascii() and hours.isdigit() and int(hours) > 0:
            body["hours"] = int(hours)
        else:
            form.add("hours", "Введите количество часов цифрами, например 72")


async def _keep_scan(request: Request, form: Form, kept: list[str]) -> None:
    """Hand the chosen file to the registry, which judges it; its id joins those that are kept."""
    chosen = (await request.form()).get("scan")
    content = await chosen.read(MOST_BYTES + 1) if isinstance(chosen, UploadFile) else b""
    if not content:
        if form.get("more"):
            form.add("scan", "Выберите файл, потом нажмите «Приложить и добавить ещё файл»")
        return
    if len(content) > MOST_BYTES:
        form.add("scan", "Файл больше 5 МБ. Уменьшите его или снимите скан с меньшим качеством")
        return
    try:
        answer = await services_of(request).upload("registry", SCANS, content, "application/octet-stream")
    except ServiceProblem as problem:
        if problem.status not in REFUSED:
            raise
        form.add("scan", next(iter(problem.field_errors.values()), "") or problem.detail)
        return
    kept.append(answer["scan_id"])


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
        specialties=[(item["key"], item["name"]) for item in specialties.items],
        notice=specialties.notice,
        document=document,
        action=f"{PAGE}/{document['document_id']}/edit" if document else f"{PAGE}/new/{kind}",
        kept=len([part for part in form.get("scan_ids").split(",") if part]),
        scripts=("vendor/autocomplete.js",),
    )
