"""SCR-40 «Журнал действий»: filters by day and kind, and the file (AUD-01, P15, P23)."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.forms import Form, parse_day, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.journal import view
from nmo_gateway.pages.journal.sources import Rows, joined
from nmo_gateway.pages.organisations import names_of
from nmo_gateway.pages.routing import page_router
from nmo_gateway.service_errors import ServiceDown
from nmo_kit.clock import today

router = page_router()
PAGE = "/cabinet/journal"
FIELDS = ("since", "until", "kind")
LINES = 25
IN_FILE, AT_ONCE = 10_000, 200


@router.get(PAGE)
async def journal(request: Request, cursor: str | None = None) -> Response:
    """What happened to the reader and their data, in every part of the portal."""
    guard.signed_in(request)
    form = Form(values={name: request.query_params.get(name, "") for name in FIELDS})
    params = _filters(form)
    found = Rows([], None, []) if form.errors else await joined(request, {**params, "cursor": cursor}, LINES)
    return await render(
        request,
        "pages/journal/journal.html",
        title="Журнал действий",
        menu="settings",
        status=form.status,
        form=form,
        found=found,
        entries=await _entries(request, found.items),
        kinds=view.KINDS,
        cursor=cursor,
        first_href=_address(form),
        next_href=_address(form, cursor=found.next_cursor) if found.next_cursor else None,
    )


@router.post(f"{PAGE}/export")
async def export(request: Request) -> Response:
    """The same rows as a file, without pages; taking them away is noted, and asks for a fresh sign-in."""
    guard.signed_in(request)
    form = await read_form(request)
    params = _filters(form)
    if form.errors:
        found = Rows([], None, [])
        return await render(
            request, "pages/journal/journal.html", title="Журнал действий", menu="settings", status=form.status,
            form=form, found=found, entries=[], kinds=view.KINDS, cursor=None, first_href=PAGE, next_href=None,
        )  # fmt: skip
    await services_of(request).post("identity", "/api/v1/me/journal/exports")
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while len(items) < IN_FILE:
        page = await joined(request, {**params, "cursor": cursor}, AT_ONCE)
        if page.notices:
            # A file with a hole in it would pass for the whole.
            raise ServiceDown("journal")
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    text = view.as_csv(await _entries(request, items))
    name = f"journal-{today().isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


async def _entries(request: Request, items: list[dict[str, Any]]) -> list[view.Entry]:
    names = await names_of(request, (item["organization_id"] for item in items))
    return view.entries(items, names)


def _filters(form: Form) -> dict[str, Any]:
    """What services are asked for; what is wrong with the fields is noted at them."""
    days = {name: parse_day(form.get(name)) for name in ("since", "until")}
    for name, known in days.items():
        if form.get(name) and known is None:
            form.add(name, "Введите дату в формате ДД.ММ.ГГГГ, например 25.05.2025")
    since, until = days["since"], days["until"]
    if since and until and since > until:
        form.add("since", "Начало позже конца: поменяйте даты местами")
    return {
        "from": since.isoformat() if since else None,
        "to": until.isoformat() if until else None,
        "kind": form.get("kind") if form.get("kind") in view.KIND_WORDS else None,
    }


def _address(form: Form, **more: str) -> str:
    values = {name: form.get(name) for name in FIELDS if form.get(name)} | more
    return PAGE + ("?" + urlencode(values) if values else "")
