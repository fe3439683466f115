"""Asking for a sign-in: checks of the authorization request, and the answer to the system."""

from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nmo_sandbox.common.pages import message
from nmo_sandbox.esia.accounts import Account
from nmo_sandbox.esia.core import Esia, Protocol
from nmo_sandbox.esia.errors import EsiaRefusalError
from nmo_sandbox.esia.grants import CODE_SECONDS, REQUEST_SECONDS, Asked, Grant, Session
from nmo_sandbox.esia.params import Params, read_params
from nmo_sandbox.esia.permissions import read_permissions
from nmo_sandbox.esia.proof import read_challenge
from nmo_sandbox.esia.scopes import PERSON_SCOPES, divided, organization_scope
from nmo_sandbox.esia.systems import System
from nmo_sandbox.esia.tokens import code_token

LOGIN_PATH = "/idp/login"
SESSION_COOKIE = "esia_sandbox_session"
_PERSON_FILTERS = frozenset({"conf_acc", "acc_kid", "acc_not_kid"})


async def authorize(esia: Esia, protocol: Protocol, request: Request) -> Response:
    """Handle an authorization request of one protocol version.

    A refusal is shown on the stand-in's own page until the redirect address is known to be the system's; only then
    is it sent there. A sound request leads to the sign-in page, or straight back with a live session when the
    setting `sessions` is `silent`.
    """
    params: Params | None = None
    try:
        params = await read_params(request)
        system, address = _recipient(esia, params)
    except EsiaRefusalError as refusal:
        esia.note("ac", params, refusal)
        return message("Вход невозможен", refusal.description, status=400, code=f"ESIA-{refusal.code}")
    try:
        asked = _check(esia, protocol, system, params)
    except EsiaRefusalError as refusal:
        esia.note("ac", params, refusal)
        return refuse(address, params.get("state", ""), refusal)
    now = esia.clock.seconds()
    session = esia.grants.session(request.cookies.get(SESSION_COOKIE, ""), now)
    account = esia.accounts.by_oid(session.oid) if session else None
    if esia.settings.sessions == "silent" and session and account and not asked.to_choose(account):
        return finish(esia, asked, account, session)
    number = esia.grants.ask(asked, now)
    response = RedirectResponse(f"{LOGIN_PATH}?{urlencode({'request': number})}", 302)
    esia.binding.set(response, esia.binding.secret(request))
    return response


def _recipient(esia: Esia, params: Params) -> tuple[System, str]:
    """Return who asks and where the answer goes. Raises 007014, 007005, or 007023 for an unlisted address."""
    system = esia.system(params)
    address = params.required("redirect_uri")
    if not system.allows_redirect(address):
        raise EsiaRefusalError("007023", reason="the redirect_uri is not registered for the system")
    return system, address


def _check(esia: Esia, protocol: Protocol, system: System, params: Params) -> Asked:
    state = params.state(any_form=system.tolerates("any_state"))
    if params.required("response_type") != "code":
        raise EsiaRefusalError("007009")
    offline = params.one_of("access_type", ("online", "offline")) == "offline"
    if not params.get("scope", "").strip():
        raise EsiaRefusalError("007013")
    esia.check_secret(protocol, system, params, protocol.signed_to_ask)
    scopes, org_scopes = granted(protocol, system, params)
    return Asked(
        client_id=system.client_id,
        redirect_uri=params["redirect_uri"],
        scopes=scopes,
        state=state,
        offline=offline,
        protocol=protocol.name,
        person_filter=_person_filter(params),
        expires=esia.clock.seconds() + REQUEST_SECONDS,
        org_scopes=org_scopes,
        permissions=read_permissions(params.get("permissions", "")),
        challenge=read_challenge(params) if protocol.knows_proof else None,
    )


def _person_filter(params: Params) -> frozenset[str]:
    """Return the kinds of accounts that the system wants. Raises 007003 for an unknown one."""
    kinds = frozenset(params.get("person_filter", "").split())
    if not kinds <= _PERSON_FILTERS:
        raise EsiaRefusalError("007003", detail="person_filter")
    return kinds


def granted(protocol: Protocol, system: System, params: Params) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the person's scopes of a request and the organisations'.

    The latter stand in `scope` beside the former, in version 2 in `scope_org` too. Raises 007006 for an unknown one,
    007019 for one that the system was not granted.
    """
    person, organizations = divided(params["scope"])
    if "scope_org" in protocol.signed_to_ask:
        organizations = f"{organizations} {params.get('scope_org', '')}"
    return _granted_person(system, person), granted_organization(system, organizations)


def _granted_person(system: System, text: str) -> tuple[str, ...]:
    scopes = tuple(dict.fromkeys(text.split()))
    for scope in scopes:
        if scope not in PERSON_SCOPES:
            raise EsiaRefusalError("007006", detail=scope[:64])
    for scope in scopes:
        if scope not in system.registration.scopes:
            raise EsiaRefusalError("007019", detail=scope)
    return scopes


def granted_organization(system: System, text: str) -> tuple[str, ...]:
    """Return the organisations' scopes of a request; granted together with `usr_org`. Raises 007006, 007019."""
    scopes = tuple(dict.fromkeys(text.split()))
    for scope in scopes:
        if organization_scope(scope) is None:
            raise EsiaRefusalError("007006", detail=scope[:64])
    if scopes and "usr_org" not in system.registration.scopes:
        raise EsiaRefusalError("007019", detail=scopes[0][:64])
    return scopes


def _unfit(asked: Asked, account: Account) -> str | None:
    """The code by which an account is refused: of a level not asked for, or not employed where the request says."""
    kinds = asked.person_filter
    if (
        ("conf_acc" in kinds and not account.trusted)
        or ("acc_kid" in kinds and not account.child)
        or ("acc_not_kid" in kinds and account.child)
    ):
        return "007055"
    for scope in asked.org_scopes:
        named = organization_scope(scope)
        if named and named[1] is not None and named[1] not in account.employers:
            return "007194"
    return None


def finish(esia: Esia, asked: Asked, account: Account, session: Session) -> Response:
    """Send the person back to the system with a code, or with a refusal when the account does not qualify."""
    unfit = _unfit(asked, account)
    if unfit:
        return refuse(asked.redirect_uri, asked.state, EsiaRefusalError(unfit))
    if asked.permissions:
        esia.grants.consent(asked.client_id, account.oid)
    code = code_token(esia, asked, account, session)
    now = esia.clock.seconds()
    esia.grants.keep_code(code, Grant(asked, session, now + CODE_SECONDS), now)
    return _back(asked.redirect_uri, {"code": code, "state": shown_state(esia, asked.state)})


def refuse(address: str, state: str, refusal: EsiaRefusalError) -> Response:
    """Send the person back to the system with an error."""
    answer = {"error": refusal.error, "error_description": refusal.description}
    return _back(address, answer | ({"state": state} if state else {}))


def shown_state(esia: Esia, state: str) -> str:
    """Return the state to echo: the request's own, unless a fault wants another."""
    return str(uuid4()) if esia.faults.on("wrong_state") else state


def _back(address: str, answer: dict[str, str]) -> Response:
    parts = urlsplit(address)
    query = "&".join(part for part in (parts.query, urlencode(answer)) if part)
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 302)
