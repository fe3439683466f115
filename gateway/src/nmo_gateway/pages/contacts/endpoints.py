"""SCR-17 «Контакты», and taking a change back by a link (REG-05, REG-11, L12)."""

from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.contacts import view
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, page_router, see
from nmo_gateway.runtime import Gateway
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
PAGE = "/cabinet/profile/contacts"
API = "/api/v1/contacts"


@router.get(PAGE)
async def contacts(request: Request, done: str | None = None) -> Response:
    """What the portal may use to reach the person, and what waits for a code."""
    guard.signed_in(request)
    found = await load(request, "identity", API)
    return await render(
        request,
        "pages/contacts/contacts.html",
        title="Контакты",
        menu="profile",
        found=found,
        lines=view.lines(found.data) if found.data else [],
        done=view.DONE.get(done or ""),
    )


@router.get(PAGE + "/{kind}")
async def change(request: Request, kind: view.Kind) -> Response:
    """The field for the new contact."""
    await guard.confirmed(request)
    known = await services_of(request).get("identity", API)
    contact = known[kind]
    again = kind != "postal" and contact["value"] and not contact["confirmed"]
    return await _change_page(request, kind, Form(values={"value": contact["value"] if again else ""}))


@router.post(PAGE + "/{kind}")
async def begin(request: Request, kind: view.Kind) -> Response:
    """Ask for the code."""
    guard.signed_in(request)
    form = await read_form(request)
    try:
        begun = await services_of(request).post("identity", f"{API}/{kind}", {"value": form.get("value")})
    except ServiceProblem as problem:
        if problem.code == "step_up_required":
            raise
        form.take(problem)
        return await _change_page(request, kind, form)
    query = urlencode({"to": begun["sent_to"]})
    return see(f"{PAGE}/{kind}/{begun['change_id']}?{query}")


async def _change_page(request: Request, kind: view.Kind, form: Form) -> Response:
    return await render(
        request,
        "pages/contacts/change.html",
        title=view.CHANGE[kind].title,
        menu="profile",
        status=form.status,
        form=form,
        kind=kind,
        words=view.CHANGE[kind],
    )


@router.get(PAGE + "/{kind}/{change_id}")
async def code(request: Request, kind: view.Kind, change_id: UUID, sent: str | None = None) -> Response:
    """The field for the code."""
    guard.signed_in(request)
    return await _code_page(request, kind, change_id, Form(), sent=sent)


@router.post(PAGE + "/{kind}/{change_id}")
async def give(request: Request, kind: view.Kind, change_id: UUID) -> Response:
    """Put the new contact in force."""
    guard.signed_in(request)
    form = await read_form(request)
    services = services_of(request)
    try:
        await services.post(
            "identity", f"{API}/changes/{change_id}/confirm", {"code": form.get("code") or " "}
        )
    except ServiceProblem as problem:
        if problem.code == "contact_change_missing":
            raise Redirect(PAGE) from problem
        form.add("code", problem.detail or "Код не подошёл")
        return await _code_page(request, kind, change_id, form, sent=None)
    await services.session_changed()
    return see(f"{PAGE}?done={kind}")


@router.post(PAGE + "/{kind}/{change_id}/resend")
async def resend(request: Request, kind: view.Kind, change_id: UUID) -> Response:
    """Send another code."""
    guard.signed_in(request)
    form = Form()
    try:
        await services_of(request).post("identity", f"{API}/changes/{change_id}/resend")
    except ServiceProblem as problem:
        if problem.code == "contact_change_missing":
            raise Redirect(PAGE) from problem
        form.summary.append(problem.detail or "Повторите через минуту")
        return await _code_page(request, kind, change_id, form, sent=None)
    return see(f"{PAGE}/{kind}/{change_id}?sent=1")


@router.post(PAGE + "/{kind}/{change_id}/cancel")
async def cancel(request: Request, kind: view.Kind, change_id: UUID) -> Response:
    """Leave the contact as it was."""
    guard.signed_in(request)
    try:
        await services_of(request).delete("identity", f"{API}/changes/{change_id}")
    except ServiceProblem as problem:
        if problem.code != "contact_change_missing":
            raise
    return see(f"{PAGE}?done=cancelled-{kind}")


async def _code_page(
    request: Request, kind: view.Kind, change_id: UUID, form: Form, *, sent: str | None
) -> Response:
    known = await services_of(request).get("identity", API)
    waiting = next((item for item in known["pending"] if item["change_id"] == str(change_id)), None)
    if waiting is None:
        raise Redirect(PAGE)
    return await render(
        request,
        "pages/contacts/code.html",
        title="Код подтверждения",
        menu="profile",
        status=form.status,
        form=form,
        kind=kind,
        words=view.CHANGE[kind],
        to=view.shown(kind, waiting["value"]) if kind != "postal" else view.code_goes_to(known),
        address=f"{PAGE}/{kind}/{change_id}",
        sent=sent,
    )


@router.get("/contacts/undo/{token}")
async def undo_page(request: Request, token: str) -> Response:
    """Ask before anything is changed: scanners of mail open links (T04)."""
    return await render(
        request, "pages/contacts/undo.html", title="Вернуть прежний контакт", token=token[:200]
    )


@router.post("/contacts/undo")
async def undo(request: Request) -> Response:
    """Put the old contact back in force and end every sign-in."""
    form = await read_form(request)
    gateway: Gateway = request.app.state.gateway
    try:
        done = await gateway.identity.undo_contact(form.get("token"))
    except ServiceProblem as problem:
        return await render(
            request,
            "pages/contacts/undone.html",
            title="Ссылка больше не действует",
            status=problem.status,
            refused=problem.detail,
            done=None,
        )
    return await render(
        request,
        "pages/contacts/undone.html",
        title="Прежний контакт возвращён",
        refused=None,
        done=view.undone(done),
    )
