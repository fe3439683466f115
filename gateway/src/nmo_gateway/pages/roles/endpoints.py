"""SCR-41: «Роли»: what the reader may do on the portal, and asking for more (ROL-03)."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.organisations import names_of
from nmo_gateway.pages.roles import view
from nmo_gateway.pages.roles.choosing import Offer, offer
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
PAGE = "/cabinet/settings/roles"


@router.get(PAGE)
async def roles(request: Request, done: str | None = None) -> Response:
    """Roles held and requests with their answers."""
    guard.signed_in(request)
    found = await load(request, "identity", "/api/v1/me/roles")
    data = found.data or {"roles": [], "requests": []}
    names = await names_of(request, (item["organization_id"] for item in [*data["roles"], *data["requests"]]))
    return await render(
        request,
        "pages/roles/roles.html",
        title="Роли",
        menu="settings",
        found=found,
        roles=view.lines(data["roles"], names),
        requests=view.lines(data["requests"], names),
        done=view.DONE.get(done or ""),
    )


@router.get(f"{PAGE}/new")
async def new(request: Request) -> Response:
    """The form of a request: the organisation is found by its name."""
    guard.signed_in(request)
    form = Form(values={name: request.query_params.get(name, "") for name in ("q", "role", "reason")})
    return await _form(request, form, await offer(request, form.get("role"), form.get("q")))


@router.post(f"{PAGE}/new")
async def ask(request: Request) -> Response:
    """Send the request; what is wrong stands at its field and nothing typed is lost."""
    guard.signed_in(request)
    form = await read_form(request)
    role, organization = form.get("role"), form.get("organization_id")
    offered = await offer(request, role, form.get("q"))
    if not role:
        form.add("role", "Выберите роль")
    if form.values.get("find"):
        if role in view.OF_ORGANISATIONS and not form.get("q") and not offered.options:
            form.add("q", "Введите часть названия")
        return await _form(request, form, offered)
    if role not in view.OF_THE_PORTAL and not offered.has(organization):
        form.add("organization_id" if offered.options else "q", "Найдите и выберите организацию")
    if form.errors:
        return await _form(request, form, offered)
    body = {
        "role": role,
        "organization_id": None if role in view.OF_THE_PORTAL else organization,
        "reason": form.get("reason"),
    }
    try:
        await services_of(request).post("identity", "/api/v1/me/roles/requests", body)
    except ServiceProblem as problem:
        if problem.status not in {409, 422}:
            raise
        form.take(problem)
        if "reason" in form.errors:
            form.errors["reason"] = "Напишите, зачем нужна роль, хотя бы 10 знаков"
        return await _form(request, form, offered)
    return see(f"{PAGE}?done=asked")


@router.post(f"{PAGE}/requests/{{request_id}}/withdraw")
async def withdraw(request: Request, request_id: UUID) -> Response:
    """Take a request back while it waits."""
    guard.signed_in(request)
    await services_of(request).delete("identity", f"/api/v1/me/roles/requests/{request_id}")
    return see(f"{PAGE}?done=withdrawn")


async def _form(request: Request, form: Form, offered: Offer) -> Response:
    return await render(
        request,
        "pages/roles/new.html",
        title="Запрос роли",
        menu="settings",
        status=form.status,
        form=form,
        offered=offered,
        choices=view.CHOICES,
    )
