"""How page routes behave: redirects as exceptions, failures of services as pages that say what to do."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nmo_gateway.kept_forms.keeping import keep_posted
from nmo_gateway.pages.errors.view import render_error
from nmo_gateway.service_errors import ServiceDown, ServiceProblem, SessionEnded

UNAUTHORIZED = 401
NOT_FOUND = 404
SEE_OTHER = 303
CONFIRM = "step_up_required"


class Redirect(Exception):  # noqa: N818 control flow, not a fault
    """Leave the page for another address of this site (303)."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class Refused(Exception):  # noqa: N818 control flow, not a fault
    """Answer with an error page of this status."""

    def __init__(self, status: int, detail: str | None = None) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


def see(location: str) -> RedirectResponse:
    """Answer to a finished POST: look at the other page."""
    return RedirectResponse(location, status_code=SEE_OTHER)


def local_path(value: str | None, default: str = "/cabinet") -> str:
    """Give the path when it leads inside this site; otherwise the default (no open redirect, SSO-08)."""
    if not value or not value.startswith("/") or value.startswith("//") or "\\" in value:
        return default
    if any(ord(sign) < ord(" ") for sign in value):
        return default
    parts = urlsplit(value)
    return default if parts.scheme or parts.netloc else value


async def sign_in_again(request: Request) -> str:
    """The sign-in page after a session that ended meanwhile; a form in hand is kept and found there again (GWY-05)."""
    kept = await keep_posted(request, why="expired")
    if kept is not None:
        return f"/login?return_to={quote(kept, safe='')}&expired=1"
    return login_address(request, expired=True)


def login_address(request: Request, *, expired: bool = False) -> str:
    """The sign-in page that leads back here afterwards."""
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method != "GET":
        target = local_path(urlsplit(request.headers.get("referer", "")).path)
    return f"/login?return_to={quote(target, safe='')}" + ("&expired=1" if expired else "")


class PageRoute(APIRoute):
    """A route whose failures are pages, never bare JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except Redirect as redirect:
                return see(redirect.location)
            except Refused as refused:
                return await render_error(request, refused.status, detail=refused.detail)
            except SessionEnded:
                return see(await sign_in_again(request))
            except ServiceProblem as problem:
                return await _problem_page(request, problem)
            except ServiceDown as down:
                return await render_error(request, 503, service=down.service)

        return guarded


async def _problem_page(request: Request, problem: ServiceProblem) -> Response:
    if problem.status == UNAUTHORIZED:
        return see(await sign_in_again(request))
    if problem.code == CONFIRM:
        # Imported late: signing in imports the pages' own errors.
        from nmo_gateway.auth.confirming import confirm_address

        return see(await confirm_address(request))
    if problem.code == "consent_required":
        return see(_consent_address(request, str(problem.problem.get("purpose") or "")))
    status = NOT_FOUND if _bad_address(request, problem) else problem.status
    return await render_error(request, status, detail=problem.detail if status != NOT_FOUND else None)


def _consent_address(request: Request, purpose: str) -> str:
    """The page of the consent that is missing, which leads back here afterwards."""
    if not purpose:
        return "/consent"
    target = request.url.path
    if request.method != "GET":
        target = local_path(urlsplit(request.headers.get("referer", "")).path)
    return f"/consent/{quote(purpose, safe='')}?return_to={quote(target, safe='')}"


def _bad_address(request: Request, problem: ServiceProblem) -> bool:
    """A GET that the service finds malformed is an address that never existed."""
    return request.method == "GET" and problem.status in {400, 422}


def page_router(**options: Any) -> APIRouter:
    """Make a router of pages: outside the API's documentation, with pages for failures."""
    return APIRouter(route_class=PageRoute, include_in_schema=False, **options)
