"""SCR-49: the queue of support, one request, the change of data that two employees decide (ROL-04, SUP-04, P12)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, page_router, see
from nmo_gateway.pages.support import view
from nmo_gateway.pages.tickets import view as tickets
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
PATH = "/api/v1/support/requests"
PAGE = view.PAGE
REFUSED = {403, 409, 422}
DONE = {
    "taken": "Обращение взято в работу",
    "answered": "Ответ отправлен заявителю",
    "closed": "Обращение закрыто, ответ отправлен",
    "proposed": "Изменение предложено. Его решит другой сотрудник",
    "released": "Обращение возвращено в очередь",
    "escalated": "Обращение передано старшему сотруднику",
    "approved": "Изменение утверждено, портал его выполняет",
    "rejected": "Изменение отклонено",
}
MOVES = {"answer": "answered", "close": "closed", "escalate": "escalated"}
LEAVES = {"escalate"}


@router.get("/support")
async def start(request: Request) -> Response:
    """The work place begins with its queue."""
    guard.signed_in(request)
    raise Redirect(PAGE)


@router.get(PAGE)
async def queue(
    request: Request, part: str = "new", cursor: str | None = None, done: str | None = None
) -> Response:
    """The queue, the earliest deadline first; names stay hidden until a request is taken."""
    guard.signed_in(request)
    part = part if part in view.PARTS else "new"
    found = await load(request, "applications", PATH, {"part": part, "limit": 25, "cursor": cursor})
    counts = await load(request, "applications", f"{PATH}/counts")
    return await render(
        request,
        "pages/support/queue.html",
        title="Обращения",
        menu="queue",
        found=found,
        lines=view.lines(found.items),
        parts=view.PARTS,
        counts=counts.data or {},
        chosen=part,
        empty=view.EMPTY[part],
        cursor=cursor,
        next_cursor=(found.data or {}).get("next_cursor"),
        done=DONE.get(done or ""),
    )


@router.post(f"{PAGE}/{{request_id}}/take")
async def take(request: Request, request_id: str) -> Response:
    """Take it: from now on it is this employee's, and the person's data are shown."""
    guard.signed_in(request)
    try:
        await services_of(request).post("applications", f"{PATH}/{request_id}/take")
    except ServiceProblem as problem:
        if problem.status not in REFUSED:
            raise
        return await _refused(request, problem)
    return see(f"{PAGE}/{request_id}?done=taken")


@router.get(f"{PAGE}/{{request_id}}")
async def card(request: Request, request_id: str, done: str | None = None) -> Response:
    """One request: who, what, the thread, what may be done."""
    guard.signed_in(request)
    try:
        work = await services_of(request).get("applications", f"{PATH}/{request_id}")
    except ServiceProblem as problem:
        if problem.status not in REFUSED:
            raise
        return await _refused(request, problem)
    return await _card(request, work, Form(), done=done)


@router.post(f"{PAGE}/{{request_id}}/release")
async def release(request: Request, request_id: str) -> Response:
    """Give it back."""
    guard.signed_in(request)
    try:
        await services_of(request).post("applications", f"{PATH}/{request_id}/release")
    except ServiceProblem as problem:
        if problem.status not in REFUSED:
            raise
        return await _refused(request, problem)
    return see(f"{PAGE}?done=released")


@router.post(f"{PAGE}/{{request_id}}/write")
async def write(request: Request, request_id: str) -> Response:
    """Answer, answer and close, or hand it on: one field, three buttons."""
    guard.signed_in(request)
    form = await read_form(request)
    move = form.get("move") if form.get("move") in MOVES else "answer"
    tickets.check_text(form, "text", "Ответ заявителю")
    services = services_of(request)
    if not form.errors:
        body: dict[str, Any] = {"text": form.get("text")}
        if move == "answer":
            body["asks_documents"] = form.get("asks_documents") == "1"
        try:
            await services.post("applications", f"{PATH}/{request_id}/{move}", body)
            place = PAGE if move in LEAVES else f"{PAGE}/{request_id}"
            return see(f"{place}?done={MOVES[move]}")
        except ServiceProblem as problem:
            if problem.status not in REFUSED:
                raise
            form.take(problem)
    return await _card(request, await services.get("applications", f"{PATH}/{request_id}"), form)


@router.get(f"{PAGE}/{{request_id}}/change")
async def ask_change(request: Request, request_id: str) -> Response:
    """The form of a proposal, filled with what the person asks for."""
    guard.signed_in(request)
    work = await services_of(request).get("applications", f"{PATH}/{request_id}")
    if "propose" not in work["allowed"]:
        raise Redirect(f"{PAGE}/{request_id}")
    return await _proposal(request, work, Form(values=view.proposal_values(work)))


@router.post(f"{PAGE}/{{request_id}}/change")
async def propose(request: Request, request_id: str) -> Response:
    """Propose new values; somebody else decides."""
    guard.signed_in(request)
    form = await read_form(request)
    values = tickets.read_values(form)
    tickets.check_text(form, "text", "На каких документах основано изменение")
    services = services_of(request)
    if not form.errors:
        body = {"values": values, "text": form.get("text")}
        try:
            await services.post("applications", f"{PATH}/{request_id}/proposal", body)
            return see(f"{PAGE}/{request_id}?done=proposed")
        except ServiceProblem as problem:
            if problem.status not in REFUSED:
                raise
            form.take(problem)
    return await _proposal(request, await services.get("applications", f"{PATH}/{request_id}"), form)


@router.post(f"{PAGE}/{{request_id}}/decision")
async def decide(request: Request, request_id: str) -> Response:
    """The second employee approves or rejects; a rejection needs its reason."""
    guard.signed_in(request)
    form = await read_form(request)
    approve = form.get("decision") == "approve"
    services = services_of(request)
    if not approve:
        tickets.check_text(form, "text", "Причина отказа")
    if not form.errors:
        body = {"approve": approve, "text": form.get("text")}
        try:
            await services.post("applications", f"{PATH}/{request_id}/decision", body)
            return see(f"{PAGE}?part=approval&done={'approved' if approve else 'rejected'}")
        except ServiceProblem as problem:
            if problem.status not in REFUSED:
                raise
            form.take(problem)
    return await _card(request, await services.get("applications", f"{PATH}/{request_id}"), form)


async def _card(request: Request, work: dict[str, Any], form: Form, *, done: str | None = None) -> Response:
    return await render(
        request,
        "pages/support/card.html",
        title=f"Обращение {work['number']}",
        menu="queue",
        status=form.status,
        work=work,
        kind=tickets.kind_title(work["kind"]),
        state_word=view.status_of(work),
        person=view.person_rows(work),
        asked=tickets.values_rows(work["asked"]),
        proposed=tickets.values_rows(work["proposed"]),
        thread=tickets.thread(work, who=view.WHO),
        history=tickets.history(work),
        canned=view.CANNED,
        form=form,
        done=DONE.get(done or ""),
    )


async def _proposal(request: Request, work: dict[str, Any], form: Form) -> Response:
    return await render(
        request,
        "pages/support/propose.html",
        title="Предложить изменение",
        menu="queue",
        status=form.status,
        work=work,
        person=view.person_rows(work),
        fields=tickets.FIELDS,
        form=form,
    )


async def _refused(request: Request, problem: ServiceProblem) -> Response:
    """The request is another employee's, or not taken yet: said on a page with the way back."""
    return await render(
        request,
        "pages/support/refused.html",
        title=problem.title or "Обращение недоступно",
        menu="queue",
        status=problem.status,
        heading=problem.title or "Обращение недоступно",
        detail=problem.detail,
    )
