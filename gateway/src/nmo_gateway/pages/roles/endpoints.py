"""SCR-41: «Роли»: what the reader may do on the portal, and asking for more (ROL-03)."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.organisations import names_of
from nmo_gateway.pages.roles import view
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
PAGE = "/cabinet/settings/roles"
MOST = 10


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
    values = {name: request.query_params.get(name, "") for name in ("q", "role", "reason")}
    return await _form(request, Form(values=values))


@router.post(f"{PAGE}/new")
async def ask(request: Request) -> Response:
    """Send the request; what is wrong stands at its field and nothing typed is lost."""
    guard.signed_in(request)
    form = await read_form(request)
    role, organization = form.get("role"), form.get("organization_id")
    if form.values.get("find"):
        return await _form(request, form)
    if not role:
        form.add("role", "Выберите роль")
    if role not in view.OF_THE_PORTAL and not organization:
        form.add("q" if not form.get("q") else "organization_id", "Найдите и выберите организацию")
    if form.errors:
        return await _form(request, form)
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
        return await _form(request, form)
    return see(f"{PAGE}?done=asked")


@router.post(f"{PAGE}/requests/{{request_id}}/withdraw")
async def withdraw(request: Request, request_id: UUID) -> Response:
    """Take a request back while it waits."""
    guard.signed_in(request)
    await services_of(request).delete("identity", f"/api/v1/me/roles/requests/{request_id}")
    return see(f"{PAGE}?done=withdrawn")


async def _form(request: Request, form: Form) -> Response:
    found = Block()
    if form.get("q"):
        params = {"q": form.get("q"), "limit": MOST}
        found = await load(request, "catalog", "/api/v1/catalog/organizations", params)
    options = [
        {
            "value": item["organization_id"],
            "text": item.get("short_name") or item["name"],
            "hint": item.get("address"),
        }
        for item in found.items
    ]
    return await render(
        request,
        "pages/roles/new.html",
        title="Запрос роли",
        menu="settings",
        status=form.status,
        form=form,
        found=found,
        organisations=options,
        choices=view.CHOICES,
    )
