"""``/admin/exchange``: how the mirror follows the register, what could not be read, and another try (FRM-02)."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.exchange.books import TITLES, book_of
from nmo_gateway.pages.exchange.view import comparison_of, feed_of, line_of, reason_of
from nmo_gateway.pages.forms import read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Refused, page_router, see

router = page_router()
PAGE = "/admin/exchange"
PATH = "/api/v1/register/exchange"
BOOKS_PATH = "/internal/books"
LINES = 25
DONE = {
    "again": "Регистр будет запрошен в течение нескольких секунд. Обновите страницу, чтобы увидеть результат.",
    "retried": "Карточки будут прочитаны ещё раз в течение минуты. Обновите страницу, чтобы увидеть результат.",
    "book": "Справочник будет запрошен в течение минуты. Обновите страницу, чтобы увидеть результат.",
    "none": "Повторять нечего: эти карточки уже прочитаны.",
}


def _administrator(request: Request) -> None:
    if "admin" not in guard.signed_in(request).roles:
        raise Refused(403)


@router.get(PAGE)
async def exchange(
    request: Request, done: str | None = None, reason: str | None = None, cursor: str | None = None
) -> Response:
    """Progress, age, faults; the cards that were set aside; the reference books."""
    _administrator(request)
    found, books = await asyncio.gather(
        load(request, "registry", PATH), load(request, "registry", BOOKS_PATH)
    )
    listed = Block()
    if found.data:
        params = {"limit": LINES, "reason": reason, "cursor": cursor}
        listed = await load(request, "registry", f"{PATH}/set-aside", params)
    return await render(
        request,
        "pages/exchange/exchange.html",
        title="Обмен с реестрами",
        menu="exchange",
        found=found,
        feed=feed_of(found.data) if found.data else None,
        comparison=comparison_of(found.data["comparison"]) if found.data else None,
        reasons=[reason_of(item) for item in found.data["reasons"]] if found.data else [],
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
    _administrator(request)
    await services_of(request).post("registry", f"{PATH}/again")
    return see(f"{PAGE}?done=again")


@router.post(f"{PAGE}/retry")
async def retry(request: Request) -> Response:
    """Read one card again, or all that one reason holds."""
    _administrator(request)
    form = await read_form(request)
    wanted = {name: form.get(name) for name in ("register_oid", "reason") if form.get(name)}
    answer = await services_of(request).post("registry", f"{PATH}/set-aside/retry", wanted)
    return see(f"{PAGE}?done={'retried' if answer['queued'] else 'none'}")


@router.post(f"{PAGE}/books/{{book}}/again")
async def book_again(request: Request, book: str) -> Response:
    """Ask for a reference book now, and read a faulty version again."""
    _administrator(request)
    if book not in TITLES:
        raise Refused(404)
    await services_of(request).post("registry", f"{BOOKS_PATH}/{book}/again")
    return see(f"{PAGE}?done=book#books")
