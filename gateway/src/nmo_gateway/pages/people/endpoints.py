"""SCR-50: who holds roles and who asks for one; the same pages for an organisation and for the portal."""

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages import guard
from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.organisations import names_of
from nmo_gateway.pages.roles.view import lines
from nmo_gateway.pages.routing import Refused, page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()
SHORTEST = 5
DONE = {
    "granted": "Роль назначена. Она уже действует, человеку отправлено письмо.",
    "refused": "Запрос отклонён. Человеку отправлено письмо с причиной.",
    "revoked": "Роль снята. Доступ по ней уже закрыт.",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the pages stand and which routes they ask."""

    page: str
    api: str
    title: str
    menu: str
    roles: frozenset[str]


DESKS = (
    Desk(
        "/organisation/people",
        "/api/v1/organization/people",
        "Сотрудники и роли",
        "people",
        frozenset({"org_admin", "head"}),
    ),
    Desk("/admin/users", "/api/v1/admin/people", "Пользователи и роли", "users", frozenset({"admin"})),
)


def desk_of(request: Request) -> Desk:
    """The desk that an address belongs to; whoever has no place at it is refused (403)."""
    desk = next(desk for desk in DESKS if request.url.path.startswith(desk.page))
    if not guard.signed_in(request).roles & desk.roles:
        raise Refused(403)
    return desk


async def people(request: Request, done: str | None = None, cursor: str | None = None) -> Response:
    """Requests that wait come first; then everybody with a role."""
    desk = desk_of(request)
    found = await load(request, "identity", desk.api, {"limit": 25, "cursor": cursor})
    data = found.data or {"items": [], "requests": [], "next_cursor": None}
    names = await names_of(request, (item["organization_id"] for item in [*data["items"], *data["requests"]]))
    return await render(
        request,
        "pages/people/people.html",
        title=desk.title,
        menu=desk.menu,
        desk=desk,
        found=found,
        holders=lines(data["items"], names),
        requests=lines(data["requests"], names),
        done=DONE.get(done or ""),
        cursor=cursor,
        next_cursor=data["next_cursor"],
    )


async def grant(request: Request, request_id: UUID) -> Response:
    """Give the role asked for, at once."""
    desk = desk_of(request)
    await services_of(request).post("identity", f"{desk.api}/requests/{request_id}/grant", {"answer": ""})
    return see(f"{desk.page}?done=granted")


async def refuse_form(request: Request, request_id: UUID) -> Response:
    """Why not."""
    del request_id
    return await _reason(request, Form(values={"reason": ""}), "Отклонить запрос")


async def refuse(request: Request, request_id: UUID) -> Response:
    """Refuse; the person reads the reason."""
    desk = desk_of(request)
    return await _with_reason(
        request, f"{desk.api}/requests/{request_id}/refuse", "refused", "Отклонить запрос"
    )


async def revoke_form(request: Request, membership_id: UUID) -> Response:
    """Why the role is taken."""
    del membership_id
    return await _reason(request, Form(values={"reason": ""}), "Снять роль")


async def revoke(request: Request, membership_id: UUID) -> Response:
    """Take the role, at once."""
    desk = desk_of(request)
    return await _with_reason(request, f"{desk.api}/{membership_id}/revoke", "revoked", "Снять роль")


async def _with_reason(request: Request, path: str, done: str, heading: str) -> Response:
    form = await read_form(request)
    if len(form.get("reason")) < SHORTEST:
        form.add("reason", "Напишите причину, хотя бы 5 знаков")
        return await _reason(request, form, heading)
    try:
        await services_of(request).post("identity", path, {"reason": form.get("reason")})
    except ServiceProblem as problem:
        if problem.status not in {409, 422}:
            raise
        form.take(problem)
        return await _reason(request, form, heading)
    return see(f"{desk_of(request).page}?done={done}")


async def _reason(request: Request, form: Form, heading: str) -> Response:
    desk = desk_of(request)
    return await render(
        request,
        "pages/people/reason.html",
        title=heading,
        menu=desk.menu,
        status=form.status,
        desk=desk,
        form=form,
        heading=heading,
    )


for _desk in DESKS:
    router.get(_desk.page)(people)
    router.post(f"{_desk.page}/requests/{{request_id}}/grant")(grant)
    router.get(f"{_desk.page}/requests/{{request_id}}/refuse")(refuse_form)
    router.post(f"{_desk.page}/requests/{{request_id}}/refuse")(refuse)
    router.get(f"{_desk.page}/{{membership_id}}/revoke")(revoke_form)
    router.post(f"{_desk.page}/{{membership_id}}/revoke")(revoke)
