"""Verification of documents added by hand: taken by one employee, decided with words to the owner (FRM-06, ROL-04)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway import texts
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.documents import view as documents
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.pages.tickets.view import value_text
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
PAGE = "/support/documents"
API = "/api/v1/support/documents"
REFUSED = {403, 409, 422}
MOST_WORDS = 2000
PARTS = {"new": "Свободные", "mine": "Мои", "late": "Просроченные"}
EMPTY = {
    "new": "Свободных документов нет.",
    "mine": "У вас нет документов на проверке.",
    "late": "Просроченных документов нет.",
}
STAGES = {"first": "впервые", "documents": "с дополнительными документами", "correction": "после исправления"}
MOVES = {"refuse": "refused", "ask": "asked"}
DONE = {
    "taken": "Документ взят на проверку",
    "released": "Документ возвращён в очередь",
    "verified": "Документ подтверждён, владельцу отправлено письмо",
    "refused": "Документ не подтверждён, причина отправлена владельцу",
    "asked": "Запрос дополнительных документов отправлен владельцу",
}


@router.get(PAGE)
async def queue(
    request: Request, part: str = "new", cursor: str | None = None, done: str | None = None
) -> Response:
    """The queue, the earliest term first; whose documents they are stays hidden until they are taken."""
    guard.signed_in(request)
    part = part if part in PARTS else "new"
    found = await load(request, "registry", API, {"part": part, "limit": 25, "cursor": cursor})
    counts = await load(request, "registry", f"{API}/counts")
    return await render(
        request,
        "pages/verification/queue.html",
        title="Проверка документов",
        menu="documents",
        found=found,
        lines=[_line(item) for item in found.items],
        parts=PARTS,
        counts=counts.data or {},
        chosen=part,
        empty=EMPTY[part],
        cursor=cursor,
        next_cursor=(found.data or {}).get("next_cursor"),
        done=DONE.get(done or ""),
    )


@router.post(f"{PAGE}/{{document_id}}/take")
async def take(request: Request, document_id: str) -> Response:
    """Take it: from now on it is this employee's, and the owner is shown."""
    return await _act(request, document_id, "take", f"{PAGE}/{document_id}?done=taken")


@router.post(f"{PAGE}/{{document_id}}/release")
async def release(request: Request, document_id: str) -> Response:
    """Give it back."""
    return await _act(request, document_id, "release", f"{PAGE}?done=released")


@router.post(f"{PAGE}/{{document_id}}/verify")
async def verify(request: Request, document_id: str) -> Response:
    """It is right."""
    return await _act(request, document_id, "verify", f"{PAGE}?done=verified")


@router.get(f"{PAGE}/{{document_id}}")
async def card(request: Request, document_id: str, done: str | None = None) -> Response:
    """One document: who sent it, what was typed, the scans, what may be done."""
    guard.signed_in(request)
    try:
        work = await services_of(request).get("registry", f"{API}/{document_id}")
    except ServiceProblem as problem:
        if problem.status not in REFUSED:
            raise
        return await _refused(request, problem)
    return await _card(request, work, Form(), done=done)


@router.post(f"{PAGE}/{{document_id}}/write")
async def write(request: Request, document_id: str) -> Response:
    """Refuse, or ask for further papers: one field, two buttons."""
    guard.signed_in(request)
    form = await read_form(request)
    move = form.get("move") if form.get("move") in MOVES else "refuse"
    services = services_of(request)
    if not form.get("text"):
        form.add("text", "Напишите владельцу, что не так или что приложить")
    elif len(form.get("text")) > MOST_WORDS:
        form.add("text", f"Сократите текст до {MOST_WORDS} знаков")
    if not form.errors:
        try:
            await services.post("registry", f"{API}/{document_id}/{move}", {"text": form.get("text")})
            return see(f"{PAGE}?done={MOVES[move]}")
        except ServiceProblem as problem:
            if problem.status not in REFUSED:
                raise
            form.take(problem)
    return await _card(request, await services.get("registry", f"{API}/{document_id}"), form)


async def _act(request: Request, document_id: str, verb: str, place: str) -> Response:
    guard.signed_in(request)
    try:
        await services_of(request).post("registry", f"{API}/{document_id}/{verb}")
    except ServiceProblem as problem:
        if problem.status not in REFUSED:
            raise
        return await _refused(request, problem)
    return see(place)


def _line(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "href": f"{PAGE}/{item['document_id']}",
        "number": item["number"],
        "kind": documents.KINDS[item["kind"]],
        "stage": STAGES[item["stage"]],
        "level": item["level"],
        "due": texts.moment(item["due_at"]) if item["due_at"] else "",
        "late": item["late"],
        "free": item["state"] == "sent",
    }


async def _card(request: Request, work: dict[str, Any], form: Form, *, done: str | None = None) -> Response:
    owner = work["owner"]
    return await render(
        request,
        "pages/verification/card.html",
        title=f"Документ {work['number']}",
        menu="documents",
        status=form.status,
        work=work,
        heading=documents.KINDS[work["kind"]],
        stage=STAGES[work["stage"]],
        term=documents.deadline(work),
        owner=owner
        and [
            ("Фамилия, имя, отчество", owner["full_name"]),
            ("Дата рождения", texts.day(owner["birth_on"]) if owner["birth_on"] else "не указана"),
            ("СНИЛС", value_text("snils", owner["snils"]) if owner["snils"] else "не указан"),
        ],
        rows=documents.rows(work),
        scans=documents.scans(work, API),
        history=documents.history(work),
        form=form,
        done=DONE.get(done or ""),
    )


async def _refused(request: Request, problem: ServiceProblem) -> Response:
    """The document is another employee's, or not taken yet: said on a page with the way back."""
    return await render(
        request,
        "pages/verification/refused.html",
        title=problem.title or "Документ недоступен",
        menu="documents",
        status=problem.status,
        heading=problem.title or "Документ недоступен",
        detail=problem.detail,
    )
