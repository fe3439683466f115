"""«Кто получал сведения обо мне» (AUD-03): looks of staff and services, deliveries to partners; a file without formulas."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.disclosures import view
from nmo_gateway.pages.forms import Form, parse_day, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.journal.sources import Rows, joined
from nmo_gateway.pages.organisations import names_of
from nmo_gateway.pages.routing import page_router
from nmo_gateway.service_errors import ServiceDown
from nmo_kit.clock import today

router = page_router()
PAGE = "/cabinet/settings/disclosures"
DAYS = ("since", "until")
LINES, IN_FILE, AT_ONCE = 25, 10_000, 200
SOURCES = {
    "identity": "/api/v1/me/journal",
    "applications": "/api/v1/applications/journal",
    "registry": "/api/v1/register/journal",
    "notifications": "/api/v1/notifications/disclosures",
}


@router.get(PAGE)
async def listed(request: Request, cursor: str | None = None) -> Response:
    """Who, what, when, why; by days."""
    guard.signed_in(request)
    form, params = _filters(request.query_params)
    found = Rows([], None, [])
    if not form.errors:
        found = await joined(request, {**params, "cursor": cursor}, LINES, SOURCES)
    return await _show(request, form, found, cursor=cursor)


@router.post(f"{PAGE}/file")
async def as_file(request: Request) -> Response:
    """The same as CSV, whole; taking it away is a line of the journal and asks for a fresh sign-in (P23)."""
    guard.signed_in(request)
    form, params = _filters((await read_form(request)).values)
    if form.errors:
        return await _show(request, form, Rows([], None, []))
    await services_of(request).post("identity", "/api/v1/me/journal/exports")
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while len(items) < IN_FILE:
        page = await joined(request, {**params, "cursor": cursor}, AT_ONCE, SOURCES)
        if page.notices:
            # A file with a hole in it would pass for the whole.
            raise ServiceDown("journal")
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    text = view.as_csv(await _lines(request, items))
    name = f"disclosures-{today().isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


async def _show(request: Request, form: Form, found: Rows, *, cursor: str | None = None) -> Response:
    return await render(
        request,
        "pages/disclosures/list.html",
        title="Кто получал сведения обо мне",
        menu="settings",
        status=form.status,
        form=form,
        lines=await _lines(request, found.items),
        notices=found.notices,
        first_href=_address(form) if cursor else None,
        next_href=_address(form, cursor=found.next_cursor) if found.next_cursor else None,
    )


async def _lines(request: Request, items: list[dict[str, Any]]) -> list[view.Line]:
    names = await names_of(request, (item.get("organization_id") for item in items))
    return view.lines(items, names)


def _filters(given: Mapping[str, str]) -> tuple[Form, dict[str, Any]]:
    form = Form(values={name: given.get(name, "") for name in DAYS})
    days = {name: parse_day(form.get(name)) for name in DAYS}
    for name, known in days.items():
        if form.get(name) and known is None:
            form.add(name, "Введите дату в формате ДД.ММ.ГГГГ, например 25.05.2026")
    since, until = days["since"], days["until"]
    if since and until and since > until:
        form.add("since", "Начало позже конца: поменяйте даты местами")
    return form, {
        "kind": "look",
        "from": since.isoformat() if since else None,
        "to": until.isoformat() if until else None,
    }


def _address(form: Form, **more: str) -> str:
    values = {name: form.get(name) for name in DAYS if form.get(name)} | more
    return PAGE + ("?" + urlencode(values) if values else "")
