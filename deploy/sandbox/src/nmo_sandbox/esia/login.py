"""The sign-in pages of the ЕСИА stand-in."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from nmo_sandbox.common.login import PASSWORD, Choice
from nmo_sandbox.common.login import Form as LoginForm
from nmo_sandbox.common.pages import message, page
from nmo_sandbox.esia.accounts import Account
from nmo_sandbox.esia.authorize import LOGIN_PATH, SESSION_COOKIE, finish, refuse
from nmo_sandbox.esia.core import Esia
from nmo_sandbox.esia.errors import EsiaRefusalError
from nmo_sandbox.esia.grants import Asked, Session
from nmo_sandbox.esia.scopes import for_people

_WRONG = "Неверный логин или пароль. Логин — ключ человека из списка, пароль у всех один: sandbox"
_BLOCKED = "Эта учётная запись заблокирована"
_BANNER = "Это учебный стенд, не Госуслуги."
SECOND_PATH = "/idp/login/code"
ORGANIZATION_PATH = "/idp/login/organization"
SECOND_CODE = "000000"
"""What everybody's second factor is; a stand-in keeps no secrets."""


def login_routes(esia: Esia) -> APIRouter:
    """Return the routes of the sign-in page."""
    router = APIRouter()

    @router.get(LOGIN_PATH)
    async def show(request: Request, person: str = "") -> Response:
        """Show the form; `person` fills it in for one of the list."""
        number = request.query_params.get("request", "")
        asked = _waiting(esia, number)
        if asked is None:
            return _gone()
        return _form(esia, request, number, asked).show(_choices(esia), login=person)

    @router.post(LOGIN_PATH)
    async def answer(
        request: Request,
        number: Annotated[str, Form(alias="request")] = "",
        token: Annotated[str, Form()] = "",
        login: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        decision: Annotated[str, Form()] = "allow",
    ) -> Response:
        """Take the form: sign in, go on with the live session (`continue`) or refuse (`deny`)."""
        asked = _waiting(esia, number)
        if asked is None or not esia.binding.fits(request, number, token):
            return _gone()
        if decision in ("deny", "continue"):
            return _without_password(esia, request, number, asked, decision)
        account = esia.accounts.by_key(login.strip())
        error = _objection(account, password)
        if account is None or error:
            return _form(esia, request, number, asked).show(_choices(esia), login=login, error=error)
        if account.second_factor:
            esia.grants.passed_first_step(number, account.oid)
            return _second_form(esia, request, number, asked)
        return _open(esia, request, number, asked, account)

    return router


def second_factor_routes(esia: Esia) -> APIRouter:
    """Return the route of the code that some accounts owe after the password."""
    router = APIRouter()

    @router.post(SECOND_PATH)
    async def second(
        request: Request,
        number: Annotated[str, Form(alias="request")] = "",
        token: Annotated[str, Form()] = "",
        code: Annotated[str, Form()] = "",
    ) -> Response:
        """Take the code of somebody whose password was right."""
        asked = _waiting(esia, number)
        account = esia.accounts.by_oid(esia.grants.halfway(number) or 0)
        if asked is None or account is None or not esia.binding.fits(request, number, token):
            return _gone()
        if code.strip() != SECOND_CODE:
            return _second_form(esia, request, number, asked, error="Неверный код")
        return _open(esia, request, number, asked, account)

    return router


def organization_choice_routes(esia: Esia) -> APIRouter:
    """Return the route of the choice between a person's organisations."""
    router = APIRouter()

    @router.post(ORGANIZATION_PATH)
    async def choose(
        request: Request,
        number: Annotated[str, Form(alias="request")] = "",
        token: Annotated[str, Form()] = "",
        organization: Annotated[str, Form()] = "",
        decision: Annotated[str, Form()] = "allow",
    ) -> Response:
        """Take the organisation on whose behalf somebody signs in, or a refusal (`deny`)."""
        asked, session = _waiting(esia, number), esia.grants.choosing(number)
        account = esia.accounts.by_oid(session.oid) if session else None
        if not (asked and session and account and esia.binding.fits(request, number, token)):
            return _gone()
        if decision == "deny":
            return _without_password(esia, request, number, asked, decision)
        chosen = next((oid for oid in account.employers if str(oid) == organization), None)
        if chosen is None:
            return _organization_form(esia, request, number, asked, account, error="Выберите организацию")
        return _go_on(esia, request, number, replace(asked, organization=chosen), account, session)

    return router


def _without_password(esia: Esia, request: Request, number: str, asked: Asked, decision: str) -> Response:
    """Refuse, or go on with the live session."""
    found = _signed_in(esia, request)
    if decision == "continue" and found is None:
        return _gone()
    if decision == "deny" or found is None:
        esia.grants.answered(number)
        return refuse(asked.redirect_uri, asked.state, EsiaRefusalError("007004"))
    return _go_on(esia, request, number, asked, *found)


def _go_on(
    esia: Esia, request: Request, number: str, asked: Asked, account: Account, session: Session
) -> Response:
    """Send the person back to the system, or let them choose the organisation first."""
    if asked.to_choose(account):
        esia.grants.has_to_choose(number, session)
        return _organization_form(esia, request, number, asked, account)
    esia.grants.answered(number)
    return finish(esia, asked, account, session)


def _open(esia: Esia, request: Request, number: str, asked: Asked, account: Account) -> Response:
    """Begin the person's session and go on."""
    handle, session = esia.grants.open_session(
        account.oid, esia.clock.seconds(), second_factor=account.second_factor
    )
    response = _go_on(esia, request, number, asked, account, session)
    response.set_cookie(SESSION_COOKIE, handle, httponly=True, samesite="lax", path="/")
    return response


def _waiting(esia: Esia, number: str) -> Asked | None:
    """The request of a form; from here on the faults of its system count."""
    asked = esia.grants.asked(number, esia.clock.seconds())
    if asked is not None:
        esia.faults.look_at(asked.client_id)
    return asked


def _gone() -> Response:
    text = "Запрос на вход устарел, уже выполнен или начат в другом браузере. Вернитесь в систему и начните вход заново."
    return message("Начните вход заново", text, status=400)


def _objection(account: Account | None, password: str) -> str | None:
    if account is None or password != PASSWORD:
        return _WRONG
    return _BLOCKED if account.blocked else None


def _choices(esia: Esia) -> list[Choice]:
    return [Choice(account.key, account.full_name, account.description) for account in esia.accounts.all()]


def _signed_in(esia: Esia, request: Request) -> tuple[Account, Session] | None:
    """Return who may go on with a live session."""
    if esia.settings.sessions == "off":
        return None
    session = esia.grants.session(request.cookies.get(SESSION_COOKIE, ""), esia.clock.seconds())
    account = esia.accounts.by_oid(session.oid) if session else None
    return (account, session) if account and session else None


def _form(esia: Esia, request: Request, number: str, asked: Asked) -> LoginForm:
    system = esia.systems.get(asked.client_id)
    found = _signed_in(esia, request)
    return LoginForm(
        action=LOGIN_PATH,
        heading="Вход через Госуслуги",
        banner=_BANNER,
        system=system.title if system else asked.client_id,
        disclosed=for_people(asked.scopes, asked.org_scopes),
        request_id=number,
        token=esia.binding.token(esia.binding.secret(request), number),
        session_name=found[0].full_name if found else None,
    )


def _organization_form(
    esia: Esia, request: Request, number: str, asked: Asked, account: Account, *, error: str | None = None
) -> Response:
    return _step(
        "organization.html",
        ORGANIZATION_PATH,
        esia,
        request,
        number,
        asked,
        error,
        places=account.memberships,
    )


def _second_form(
    esia: Esia, request: Request, number: str, asked: Asked, *, error: str | None = None
) -> Response:
    return _step("second_factor.html", SECOND_PATH, esia, request, number, asked, error, known=SECOND_CODE)


def _step(
    template: str,
    action: str,
    esia: Esia,
    request: Request,
    number: str,
    asked: Asked,
    error: str | None,
    **shown: object,
) -> Response:
    """A page after the first one, for the same request and browser."""
    system = esia.systems.get(asked.client_id)
    return page(
        template,
        422 if error else 200,
        action=action,
        banner=_BANNER,
        system=system.title if system else asked.client_id,
        request_id=number,
        token=esia.binding.token(esia.binding.secret(request), number),
        error=error,
        **shown,
    )
