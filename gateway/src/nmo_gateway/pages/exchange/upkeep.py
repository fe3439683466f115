"""``/admin/exchange/books/…``: versions of a reference book and weighty acts on it, each with its reason (FRM-07)."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway import texts
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.exchange.books import TITLES, book_of, version_of
from nmo_gateway.pages.exchange.desk import BOOKS, PAGE, administrator, reason_given
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Refused, page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
BOOK_PAGE = f"{PAGE}/books/{{book}}"
FOUND = 20
DONE = {
    "pinned": "Версия закреплена и уже действует.",
    "unpinned": "Справочник снова обновляется сам.",
    "accepted": "Версия будет загружена в течение минуты. Обновите страницу, чтобы увидеть результат.",
    "told": "Замена записана. Документы и циклы с прежним значением читаются по ней.",
}


@dataclass(frozen=True, slots=True)
class Act:
    """A weighty act on a book: what the page says and where it goes."""

    heading: str
    words: str
    button: str
    done: str
    of_version: bool = True


ACTS = {
    "pin": Act(
        "Закрепить версию {version}",
        "Эта версия станет действующей. Новые версии портал будет загружать, но не применит, пока вы не открепите справочник.",
        "Закрепить версию",
        "pinned",
    ),
    "unpin": Act(
        "Открепить справочник",
        "Действующей станет самая новая загруженная версия. Следующие версии портал применит сам.",
        "Открепить справочник",
        "unpinned",
        of_version=False,
    ),
    "accept": Act(
        "Принять версию {version}",
        "В этой версии намного меньше действующих значений, чем в прежней. Пропавшие значения перестанут предлагаться "
        "в списках; документы, где они указаны, читаются по-прежнему.",
        "Принять версию",
        "accepted",
    ),
}


@router.get(BOOK_PAGE)
async def book_page(request: Request, book: str, done: str | None = None, q: str = "") -> Response:
    """One book: its versions, what waits for a decision, and a search for retired values."""
    item = await _book(request, book)
    versions, values = await asyncio.gather(
        load(request, "registry", f"/api/v1/dictionaries/{book}/versions", absent_ok=True),
        _values(request, book, q),
    )
    return await render(
        request,
        "pages/exchange/book.html",
        title=TITLES[book],
        menu="exchange",
        book=book_of(item),
        versions=[version_of(row) for row in versions.items],
        form=Form(values={"q": q}),
        values=values,
        done=DONE.get(done or ""),
    )


@router.get(f"{BOOK_PAGE}/act/{{name}}")
async def act_form(request: Request, book: str, name: str, version: str = "") -> Response:
    """What the act does, and the field for the reason."""
    return await _act_page(request, book, name, Form(values={"reason": "", "version": version}))


@router.post(f"{BOOK_PAGE}/act/{{name}}")
async def act(request: Request, book: str, name: str) -> Response:
    """Do it; without a reason the form comes back."""
    administrator(request)
    form = await read_form(request)
    chosen = _act(name, form.get("version"))
    if not reason_given(form):
        return await _act_page(request, book, name, form)
    body = {"reason": form.get("reason")} | ({"version": form.get("version")} if chosen.of_version else {})
    services = services_of(request)
    send = services.put if name == "pin" else services.post
    try:
        await send("registry", f"{BOOKS}/{_known(book)}/{name}", body)
    except ServiceProblem as problem:
        if problem.status not in {404, 409, 422}:
            raise
        form.take(problem)
        return await _act_page(request, book, name, form)
    return see(f"{PAGE}/books/{book}?done={chosen.done}")


@router.get(f"{BOOK_PAGE}/successors")
async def successors_form(request: Request, book: str, key: str = "") -> Response:
    """What the retired value became so far."""
    value = await _value(request, book, key)
    told = {_box(item["key"]): "1" for item in value["successors"]}
    return await _successors_page(request, book, key, Form(values={"reason": "", "q": "", **told}))


@router.post(f"{BOOK_PAGE}/successors")
async def tell_successors(request: Request, book: str, key: str = "") -> Response:
    """Record them; «Найти» only looks for values and loses nothing of the form."""
    administrator(request)
    form = await read_form(request)
    if form.values.get("find"):
        return await _successors_page(request, book, key, form)
    chosen = _chosen(form)
    if chosen and form.get("ended"):
        form.add("ended", "Выберите что-то одно: значения, которыми оно заменено, или «преемника нет»")
    elif not chosen and not form.get("ended"):
        form.add("q", "Найдите и отметьте значения, которыми оно заменено, или отметьте, что преемника нет")
    if not reason_given(form, "основание"):
        form.sort(["q", "ended", "reason"])
        return await _successors_page(request, book, key, form)
    body = {"key": key, "successors": chosen, "reason": form.get("reason")}
    try:
        await services_of(request).put("registry", f"{BOOKS}/{_known(book)}/successors", body)
    except ServiceProblem as problem:
        if problem.status not in {404, 409, 422}:
            raise
        form.take(problem)
        return await _successors_page(request, book, key, form)
    return see(f"{PAGE}/books/{book}?done=told")


async def _act_page(request: Request, book: str, name: str, form: Form) -> Response:
    item = await _book(request, book)
    chosen = _act(name, form.get("version"))
    return await render(
        request,
        "pages/exchange/act.html",
        title=chosen.heading.format(version=form.get("version")),
        menu="exchange",
        status=form.status,
        form=form,
        book=book_of(item),
        act=chosen,
        heading=chosen.heading.format(version=form.get("version")),
    )


async def _successors_page(request: Request, book: str, key: str, form: Form) -> Response:
    item, value, found = await asyncio.gather(
        _book(request, book), _value(request, book, key), _values(request, book, form.get("q"))
    )
    shown = value["value"]
    options = [one for one in await _named(request, book, _chosen(form)) if one["key"] != key]
    there = {key, *(one["key"] for one in options)}
    options += [one for one in found if one["key"] not in there]
    return await render(
        request,
        "pages/exchange/successors.html",
        title="Чем заменено значение",
        menu="exchange",
        status=form.status,
        form=form,
        book=book_of(item),
        value={**shown, "until": texts.day(shown["valid_until"]) if shown["valid_until"] else None},
        options=[{**one, "box": _box(one["key"])} for one in options],
        searched=bool(form.get("q")),
    )


async def _book(request: Request, book: str) -> dict[str, Any]:
    administrator(request)
    answer = await services_of(request).get("registry", BOOKS)
    return next(item for item in answer["items"] if item["book"] == _known(book))


async def _values(request: Request, book: str, q: str) -> list[dict[str, Any]]:
    if not q.strip():
        return []
    path = f"/api/v1/dictionaries/{_known(book)}/search"
    return (await load(request, "registry", path, {"q": q[:100], "limit": FOUND}, absent_ok=True)).items


async def _value(request: Request, book: str, key: str) -> dict[str, Any]:
    administrator(request)
    if not key:
        raise Refused(404)
    path = f"/api/v1/dictionaries/{_known(book)}/items/{quote(key, safe='')}"
    answer: dict[str, Any] = await services_of(request).get("registry", path)
    return answer


async def _named(request: Request, book: str, keys: list[str]) -> list[dict[str, Any]]:
    return [item["value"] for item in await asyncio.gather(*(_value(request, book, key) for key in keys))]


def _known(book: str) -> str:
    if book not in TITLES:
        raise Refused(404)
    return book


def _act(name: str, version: str) -> Act:
    found = ACTS.get(name)
    if found is None or (found.of_version and not version):
        raise Refused(404)
    return found


def _box(key: str) -> str:
    return f"to-{key}"


def _chosen(form: Form) -> list[str]:
    return [
        name.removeprefix("to-") for name, value in form.values.items() if name.startswith("to-") and value
    ]
