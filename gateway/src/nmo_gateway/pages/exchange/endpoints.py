"""``/admin/exchange``: how the mirror follows the register, what could not be read, and another try (FRM-02)."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway import texts
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.exchange.books import TITLES, book_of
from nmo_gateway.pages.exchange.desk import BOOKS, EXCHANGE, PAGE, administrator
from nmo_gateway.pages.exchange.view import comparison_of, feed_of, line_of, reason_of, unnamed_of
from nmo_gateway.pages.forms import read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Refused, page_router, see

router = page_router()
LINES = 25
DONE = {
    "again": "Регистр будет запрошен в течение нескольких секунд. Обновите страницу, чтобы увидеть результат.",
    "retried": "Карточки будут прочитаны ещё раз в течение минуты. Обновите страницу, чтобы увидеть результат.",
    "book": "Справочник будет запрошен в течение минуты. Обновите страницу, чтобы увидеть результат.",
    "ordered": "Сверка начнётся в течение минуты. Обновите страницу, чтобы увидеть её ход.",
    "none": "Повторять нечего: эти карточки уже прочитаны.",
}


@router.get(PAGE)
async def exchange(
    request: Request, done: str | None = None, reason: str | None = None, cursor: str | None = None
) -> Response:
    """Progress, age, faults; the cards that were set aside; the reference books."""
    administrator(request)
    found, books = await asyncio.gather(load(request, "registry", EXCHANGE), load(request, "registry", BOOKS))
    listed = Block()
    if found.data:
        params = {"limit": LINES, "reason": reason, "cursor": cursor}
        listed = await load(request, "registry", f"{EXCHANGE}/set-aside", params)
    return await render(
        request,
        "pages/exchange/exchange.html",
        title="Обмен с реестрами",
        menu="exchange",
        found=found,
        feed=feed_of(found.data) if found.data else None,
        comparison=comparison_of(found.data["comparison"]) if found.data else None,
        ordered_at=texts.moment(found.data["ordered_at"])
        if found.data and found.data["ordered_at"]
        else None,
        reasons=[reason_of(item) for item in found.data["reasons"]] if found.data else [],
        unnamed=[unnamed_of(item) for item in found.data["unnamed"]] if found.data else [],
        unnamed_count=found.data["unnamed_count"] if found.data else 0,
        chosen=reason,
        lines=[line_of(item) for item in listed.items],
        listed=listed,
        cursor=cursor,
        next_cursor=listed.data["next_cursor"] if listed.data else None,
        books=books,
        book_lines=[book_of(item) for item in books.items],
        done=DONE.get(done or ""),
    )


@router.post(f"{PAGE}/again")
async def again(request: Request) -> Response:
    """Ask the register now instead of after the pause."""
    administrator(request)
    await services_of(request).post("registry", f"{EXCHANGE}/again")
    return see(f"{PAGE}?done=again")


@router.post(f"{PAGE}/retry")
async def retry(request: Request) -> Response:
    """Read one card again, or all that one reason holds."""
    administrator(request)
    form = await read_form(request)
    wanted = {name: form.get(name) for name in ("register_oid", "reason") if form.get(name)}
    answer = await services_of(request).post("registry", f"{EXCHANGE}/set-aside/retry", wanted)
    return see(f"{PAGE}?done={'retried' if answer['queued'] else 'none'}")


@router.post(f"{PAGE}/books/{{book}}/again")
async def book_again(request: Request, book: str) -> Response:
    """Ask for a reference book now, and read a faulty version again."""
    administrator(request)
    if book not in TITLES:
        raise Refused(404)
    await services_of(request).post("registry", f"{BOOKS}/{book}/again")
    return see(f"{PAGE}?done=book#books")
