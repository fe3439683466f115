"""SCR-10 and SCR-41: one purpose, one page, one unticked box (SSO-03); the list of all; taking back; receipts."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nmo_gateway.auth.return_to import after_form
from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.consents import view
from nmo_gateway.pages.entry.view import after
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import Redirect, Refused, local_path, page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
PATH = "/api/v1/me/consents"
NOT_TICKED = "Отметьте, что вы прочитали текст и согласны. Если не согласны, нажмите «Не согласен»"
OUTDATED = "consent_text_outdated"
MAIN_FIRST = "main_consent_first"


@router.get("/consent")
async def main_consent(
    request: Request, return_to: str | None = None, refused: str | None = None
) -> Response:
    """The consent of the first sign-in: what is passed on, and two answers of equal weight."""
    return await _page(request, view.MAIN, Form(), return_to=return_to, refused=refused)


@router.get("/consent/{purpose}")
async def consent(
    request: Request, purpose: str, return_to: str | None = None, refused: str | None = None
) -> Response:
    """A further purpose, asked for when it is first needed."""
    return await _page(request, purpose, Form(), return_to=return_to, refused=refused)


@router.post("/consent")
async def answer_main(request: Request) -> Response:
    """Keep either answer (SSO-03): agreement runs the match, refusal leaves only the public pages."""
    return await _answer(request, view.MAIN)


@router.post("/consent/{purpose}")
async def answer(request: Request, purpose: str) -> Response:
    """Keep either answer to a further purpose, and go on where it was needed."""
    return await _answer(request, purpose)


@router.get(view.LIST)
async def listed(request: Request, done: str | None = None) -> Response:
    """How each consent stands; giving, taking back, receipts."""
    guard.signed_in(request)
    found = await services_of(request).get("identity", PATH)
    return await render(
        request,
        "pages/consents/list.html",
        title="Согласия",
        menu="settings",
        lines=view.lines(found),
        erasure_on=view.erasure_day(found),
        done=view.DONE.get(done or ""),
    )


@router.get(view.LIST + "/{purpose}/withdraw")
async def ask_withdrawal(request: Request, purpose: str) -> Response:
    """What follows, said before the consent is taken back."""
    guard.signed_in(request)
    item = view.find(await services_of(request).get("identity", PATH), purpose)
    if item is None:
        raise Refused(404)
    if item["state"] != "granted":
        raise Redirect(view.LIST)
    return await render(
        request, "pages/consents/withdraw.html", title="Отозвать согласие", menu="settings", item=item
    )


@router.post(view.LIST + "/{purpose}/withdraw")
async def withdraw(request: Request, purpose: str) -> Response:
    """Take the consent back at once (SSO-05)."""
    guard.signed_in(request)
    await services_of(request).delete("identity", f"{PATH}?purpose={quote(purpose, safe='')}")
    done = "withdrawn_main" if purpose == view.MAIN else "withdrawn"
    return see(f"{view.LIST}?done={done}")


@router.get(view.LIST + "/receipts/{record_id}")
async def receipt(request: Request, record_id: UUID) -> Response:
    """The receipt to read and to print."""
    guard.signed_in(request)
    found = await services_of(request).get("identity", f"{PATH}/records/{record_id}")
    return await render(
        request,
        "pages/consents/receipt.html",
        title="Квитанция о согласии",
        menu="settings",
        receipt=found["receipt"],
        rows=view.receipt_rows(found["receipt"]),
        file=f"{view.LIST}/receipts/{record_id}/file",
    )


@router.get(view.LIST + "/receipts/{record_id}/file")
async def receipt_file(request: Request, record_id: UUID) -> Response:
    """The receipt as a file, signed by the portal."""
    guard.signed_in(request)
    found = await services_of(request).get("identity", f"{PATH}/records/{record_id}")
    disposition = f'attachment; filename="consent-{record_id}.json"'
    return JSONResponse(found, headers={"Content-Disposition": disposition, "Cache-Control": "no-store"})


async def _page(
    request: Request, purpose: str, form: Form, *, return_to: str | None, refused: str | None = None
) -> Response:
    session = guard.signed_in(request)
    if session.entry == "unconfirmed":
        raise Redirect("/unconfirmed")
    found = await services_of(request).get("identity", PATH)
    item = view.find(found, purpose)
    if item is None:
        raise Refused(404)
    text: dict[str, Any] = item["text"]
    return await render(
        request,
        "pages/consents/answer.html",
        title=text["title"],
        status=form.status,
        form=form,
        main=purpose == view.MAIN,
        action=view.address(purpose),
        text=text,
        granted=item["state"] == "granted",
        categories=view.categories(text),
        paragraphs=view.paragraphs(text),
        return_to=local_path(return_to, "/cabinet" if purpose == view.MAIN else view.LIST),
        erasure_on=view.erasure_day(found) if purpose == view.MAIN else None,
        withdraw_href=f"{view.LIST}/{purpose}/withdraw",
        refused=refused,
    )


async def _answer(request: Request, purpose: str) -> Response:
    session = guard.signed_in(request)
    form = await read_form(request)
    main, agreed = purpose == view.MAIN, form.get("answer") == "yes"
    target = local_path(form.get("return_to"), "/cabinet" if main else view.LIST)
    if agreed and form.get("agree") != "1":
        form.add("agree", NOT_TICKED)
        return await _page(request, purpose, form, return_to=target)
    services = services_of(request)
    body = {"text_version": form.get("text_version"), "agreed": agreed, "purpose": purpose}
    try:
        await services.post("identity", PATH, body, idempotency_key=form.idempotency_key)
    except ServiceProblem as problem:
        if problem.code == MAIN_FIRST:
            return see("/consent")
        if problem.code != OUTDATED:
            raise
        form.summary.append(problem.detail)
        return await _page(request, purpose, form, return_to=target)
    if not agreed:
        return see(f"{view.address(purpose)}?refused=1&return_to={quote(target, safe='')}")
    return see(after_form(after((services.session or session).entry, target) if main else target))
