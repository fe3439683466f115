"""The token endpoint: a code or a refresh token for tokens, and a system's own token."""

import re
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from nmo_sandbox.esia.accounts import Account
from nmo_sandbox.esia.authorize import granted, granted_organization, shown_state
from nmo_sandbox.esia.core import Esia, Protocol
from nmo_sandbox.esia.errors import EsiaRefusalError
from nmo_sandbox.esia.grants import ACCESS_SECONDS, Asked, Grant, Session
from nmo_sandbox.esia.params import Params, read_params
from nmo_sandbox.esia.proof import check_verifier
from nmo_sandbox.esia.systems import System
from nmo_sandbox.esia.tokens import access_token, id_token, issued_at

_GRANTS = ("authorization_code", "refresh_token", "client_credentials")
_ABOUT_PERSON = re.compile(r"prm_chg\?oid=(\d{1,15})")


async def exchange(esia: Esia, protocol: Protocol, request: Request) -> Response:
    """Handle a token request of one protocol version; refusals are JSON with the request's state.

    Their status is 400, or 503 where ЕСИА says that it is overloaded.
    """
    if esia.faults.on("html_error"):
        return broken_page()
    params: Params | None = None
    try:
        params = await read_params(request)
        grant = _grant(esia, protocol, params)
        return cut(esia, JSONResponse(_answer(esia, params, grant)))
    except EsiaRefusalError as refusal:
        esia.note("te", params, refusal)
        body = {"error": refusal.error, "error_description": refusal.description}
        state = params.get("state") if params else None
        return JSONResponse(body | ({"state": state} if state else {}), refusal.status)


def broken_page() -> Response:
    """Return the HTML page that the fault `html_error` puts in the place of JSON."""
    return HTMLResponse("<!doctype html><title>500</title><h1>Internal Server Error</h1>", 500)


def cut(esia: Esia, response: Response) -> Response:
    """Break an answer off in the middle when the fault `truncated_json` is on."""
    if not esia.faults.on("truncated_json"):
        return response
    body = bytes(response.body)
    return Response(body[: len(body) // 2], response.status_code, media_type="application/json")


def _grant(esia: Esia, protocol: Protocol, params: Params) -> Grant:
    if esia.faults.on("unavailable"):
        raise EsiaRefusalError("007008")
    system = esia.system(params)
    params.state(any_form=system.tolerates("any_state"))
    kind = params.required("grant_type")
    if kind not in _GRANTS:
        raise EsiaRefusalError("007012")
    if kind != "refresh_token" or params.get("token_type"):
        # Some clients leave it out when they refresh.
        params.one_of("token_type", ("Bearer",))
    if not params.get("scope", "").strip():
        raise EsiaRefusalError("007013")
    if kind == "client_credentials":
        esia.check_secret(protocol, system, params, protocol.signed_for_system)
        return _system_grant(esia, protocol, system, params)
    if kind == "authorization_code":
        params.required("redirect_uri")
        code = params.required("code")
        esia.check_secret(protocol, system, params, protocol.signed_for_code)
        return _redeem(esia, protocol, system, params, esia.grants.code(code))
    token = params.required("refresh_token")
    esia.check_secret(protocol, system, params, *protocol.signed_to_refresh, may_leave_hash_out=True)
    return _redeem(esia, protocol, system, params, esia.grants.refresh(token))


def _system_grant(esia: Esia, protocol: Protocol, system: System, params: Params) -> Grant:
    """A token without anybody at the keyboard: for organisations' data, or for a person who allowed it before."""
    now = esia.clock.seconds()
    about = _ABOUT_PERSON.fullmatch(params["scope"])
    session: Session | None = None
    scopes: tuple[str, ...] = ()
    org_scopes: tuple[str, ...] = ()
    if about:
        oid = int(about[1])
        if not esia.grants.consented(system.client_id, oid):
            raise EsiaRefusalError("007019", detail="prm_chg")
        session, scopes = Session(oid, str(esia.grants.ids.uuid()), now, now), ("prm_chg",)
    else:
        org_scopes = granted_organization(system, params["scope"])
    asked = Asked(
        client_id=system.client_id,
        redirect_uri=params.get("redirect_uri", ""),
        scopes=scopes,
        state=params["state"],
        offline=False,
        protocol=protocol.name,
        person_filter=frozenset(),
        expires=now,
        org_scopes=org_scopes,
    )
    return Grant(asked, session, now)


def _redeem(esia: Esia, protocol: Protocol, system: System, params: Params, grant: Grant | None) -> Grant:
    """Use a code or a refresh token up. A second use ends everything that came from the first."""
    if grant is None:
        raise EsiaRefusalError("007011", reason="the code or refresh token is unknown")
    asked = grant.asked
    if asked.client_id != system.client_id:
        raise EsiaRefusalError("007011", reason="it was issued to another system")
    if grant.used:
        grant.family.revoked = True
        raise EsiaRefusalError("007011", reason="it was used before; its tokens are revoked")
    if grant.family.revoked:
        raise EsiaRefusalError("007011", reason="it was revoked")
    expired = esia.faults.on("expired_code") and params["grant_type"] == "authorization_code"
    if expired or grant.expires <= esia.clock.seconds():
        raise EsiaRefusalError("007011", reason="its time has run out")
    if asked.protocol != protocol.name:
        raise EsiaRefusalError("007011", reason="it was issued by another version of the protocol")
    if not system.is_same_redirect(asked.redirect_uri, params.get("redirect_uri", asked.redirect_uri)):
        raise EsiaRefusalError("007011", reason="the redirect_uri differs from the authorization request's")
    scopes, org_scopes = granted(protocol, system, params)
    # Clients of version 2 may leave scope_org out here; what they do name must be the same.
    is_told = bool(org_scopes) or "scope_org" not in protocol.signed_for_code
    if scopes != asked.scopes or (is_told and org_scopes != asked.org_scopes):
        raise EsiaRefusalError("007011", reason="the scope differs from the authorization request's")
    if protocol.knows_proof and params["grant_type"] == "authorization_code":
        check_verifier(asked.challenge, params)
    grant.used = True
    return grant


def _answer(esia: Esia, params: Params, grant: Grant) -> dict[str, Any]:
    account = _account(esia, grant)
    asked, now = grant.asked, esia.clock.seconds()
    token = access_token(esia, asked, account, grant.session)
    esia.grants.keep_access(token, grant, issued_at(esia) + ACCESS_SECONDS)
    answer: dict[str, Any] = {
        "access_token": token,
        "expires_in": str(ACCESS_SECONDS) if esia.faults.on("string_expires_in") else ACCESS_SECONDS,
        "state": shown_state(esia, params["state"]),
        "token_type": "Bearer",
    }
    if asked.offline:
        answer["refresh_token"] = esia.grants.new_refresh(grant, now)
    if "openid" in asked.scopes and account and grant.session and not esia.faults.on("no_id_token"):
        answer["id_token"] = id_token(esia, asked, account, grant.session)
    return answer


def _account(esia: Esia, grant: Grant) -> Account | None:
    if grant.session is None:
        return None
    account = esia.accounts.by_oid(grant.session.oid)
    if account is None or account.blocked:
        raise EsiaRefusalError("007011", reason="the account is gone or blocked")
    return account


def rest_json(esia: Esia, body: Any, status: int = 200) -> Response:
    """Answer with JSON in UTF-8, broken off when the fault says so."""
    return cut(esia, Response(orjson.dumps(body), status, media_type="application/json;charset=UTF-8"))
