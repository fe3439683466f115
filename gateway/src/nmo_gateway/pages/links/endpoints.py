"""SCR-11 «Синхронизация с Госуслугами» with its steps, and «Проверьте способы входа» after recovery."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.auth.confirming import CODE as STEP_UP
from nmo_gateway.auth.linking import PAGE, begin_link, opened_linked
from nmo_gateway.auth.return_to import NEXT
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.links import view
from nmo_gateway.pages.routing import Redirect, page_router, see
from nmo_gateway.runtime import Gateway
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
API = "/api/v1/me/links"
Provider = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
MAX_AGENT_CHARS = 500
FIELDS = {"link_wrong_proof": "password", "code_wrong": "code", "code_expired": "code", "code_spent": "code"}
SERVER_ERROR = 500


@router.get(PAGE)
async def links(request: Request, done: str | None = None, refused: str | None = None) -> Response:
    """Ways in with their state, those that could be added, accounts that may be the reader's."""
    guard.signed_in(request)
    block = await load(request, "identity", API)
    data = block.data or {"items": [], "addable": [], "found": []}
    return await render(
        request,
        "pages/links/links.html",
        title="Синхронизация с Госуслугами",
        menu="settings",
        block=block,
        ways=view.ways(data["items"]),
        addable=data["addable"],
        found=view.found(data["found"]),
        done=view.DONE.get(done or ""),
        refused=view.refused(refused),
    )


@router.post(PAGE + "/start/{provider}")
async def start(request: Request, provider: Provider) -> Response:
    """Begin to tie a provider; a sign-in older than five minutes is confirmed first."""
    session = guard.signed_in(request)
    try:
        return await begin_link(request, session, provider)
    except ServiceProblem as problem:
        if problem.code == STEP_UP or problem.status >= SERVER_ERROR or problem.code not in view.REFUSED:
            raise
        return see(f"{PAGE}?refused={problem.code}")


@router.get(PAGE + "/{account_id}/remove")
async def ask_to_remove(request: Request, account_id: UUID) -> Response:
    """What untying means, before it is done."""
    await guard.confirmed(request)
    way = await _way(request, account_id)
    return await render(
        request, "pages/links/remove.html", title="Отвязать способ входа", menu="settings", way=way
    )


@router.post(PAGE + "/{account_id}/remove")
async def remove(request: Request, account_id: UUID) -> Response:
    """Untie a way in."""
    session = guard.signed_in(request)
    await services_of(request).delete("identity", f"{API}/{account_id}")
    gateway: Gateway = request.app.state.gateway
    await gateway.ends.end_signed_in(session.person_id, "unlinked", keep=session.sid)
    return see(f"{PAGE}?done=untied")


@router.post(PAGE + "/found/{account_id}")
async def begin(request: Request, account_id: UUID) -> Response:
    """Begin to prove that an account of the portal is the reader's."""
    guard.signed_in(request)
    begun = await services_of(request).post("identity", f"{API}/found/{account_id}")
    return see(f"{PAGE}/join/{begun['state']}")


@router.post(PAGE + "/found/{account_id}/dismiss")
async def dismiss(request: Request, account_id: UUID) -> Response:
    """«Это не моя»."""
    guard.signed_in(request)
    await services_of(request).delete("identity", f"{API}/found/{account_id}")
    return see(f"{PAGE}?done=dismissed")


@router.get(PAGE + "/join/{state}")
async def prove(request: Request, state: UUID, sent: str | None = None) -> Response:
    """The password of the other account, or a code to its address."""
    guard.signed_in(request)
    return await _join_page(request, state, Form(), sent)


@router.post(PAGE + "/join/{state}/code")
async def send_code(request: Request, state: UUID) -> Response:
    """Mail a code to the address of the other account."""
    guard.signed_in(request)
    form = Form()
    try:
        answer = await services_of(request).post("identity", f"{API}/code", json={"state": str(state)})
    except ServiceProblem as problem:
        _over(problem)
        form.take(problem)
        return await _join_page(request, state, form, None)
    return see(f"{PAGE}/join/{state}?sent={answer['email_masked']}")


@router.post(PAGE + "/join/{state}")
async def join(request: Request, state: UUID) -> Response:
    """Tie the account whose password or code was given; the session is a new one."""
    session = guard.signed_in(request)
    form = await read_form(request)
    proof = {name: form.get(name) for name in ("code", "password") if form.get(name)}
    if not proof:
        form.add("password", "Введите пароль той учётной записи или код из письма")
        return await _join_page(request, state, form, form.get("sent"))
    gateway: Gateway = request.app.state.gateway
    body: dict[str, Any] = {
        "state": str(state),
        "handle": session.handle,
        "ip": request.state.client_address,
        "user_agent": request.headers.get("user-agent", "")[:MAX_AGENT_CHARS],
        # A code in hand is meant to be used; the password field may have been filled in by the browser.
        **({"code": proof["code"]} if "code" in proof else proof),
    }
    try:
        finished = await gateway.identity.join(body)
    except ServiceProblem as problem:
        _over(problem)
        form.add(FIELDS.get(problem.code, "password"), problem.detail or view.GENERAL)
        return await _join_page(request, state, form, form.get("sent"))
    return await opened_linked(request, session.provider, finished, "joined")


@router.get("/links/confirm")
async def ask_to_confirm(request: Request) -> Response:
    """After recovery: which of the ways in are the reader's (security L8)."""
    guard.signed_in(request)
    services = services_of(request)
    data, me = await services.get("identity", API), await services.get("identity", "/api/v1/me")
    return await render(
        request,
        "pages/links/confirm.html",
        title="Проверьте способы входа",
        ways=view.ways(data["items"]),
        email=me.get("email"),
        phone=me.get("phone"),
    )


@router.post("/links/confirm")
async def confirm(request: Request) -> Response:
    """Keep the ticked ways in, untie the others, go on."""
    session = guard.signed_in(request)
    posted = await request.form()
    keep = [str(value) for name, value in posted.multi_items() if name == "keep"]
    await services_of(request).post("identity", f"{API}/confirm", json={"keep": keep})
    gateway: Gateway = request.app.state.gateway
    await gateway.ends.end_signed_in(session.person_id, "unlinked", keep=session.sid)
    return see(NEXT)


async def _way(request: Request, account_id: UUID) -> view.Way:
    data = await services_of(request).get("identity", API)
    way = next((item for item in view.ways(data["items"]) if item.account_id == str(account_id)), None)
    if way is None or not way.removable:
        raise Redirect(PAGE)
    return way


def _over(problem: ServiceProblem) -> None:
    """What no other try on this page can mend is told on the list.

    Raises:
        Redirect: to the list.
    """
    if problem.code in view.REFUSED or problem.code in {"link_tries_spent", "link_not_found"}:
        raise Redirect(f"{PAGE}?refused={problem.code}") from problem


async def _join_page(request: Request, state: UUID, form: Form, sent: str | None) -> Response:
    return await render(
        request,
        "pages/links/join.html",
        title="Подтвердите, что запись ваша",
        menu="settings",
        status=form.status,
        form=form,
        state=state,
        sent=(sent or "")[:100],
        page=PAGE,
    )
