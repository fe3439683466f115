"""The person's answer on the consent page: the client gets a code, or an error."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.login.queries import live_session_by_id
from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.commands.authorize import destination, give_code, waiting_request
from nmo_identity.oidc_provider.errors import RequestOver
from nmo_identity.oidc_provider.request import Refused, Request, check_request
from nmo_identity.oidc_provider.rules import login_due, redirect_with
from nmo_identity.oidc_provider.tables import ClientGrant
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def answer_request(
    session: WriteSession, request_id: str, *, agreed: bool, by: Principal, issuer: str, now: datetime
) -> str:
    """Where to send the browser: to the client with a code, or with `access_denied` (SSO-11).

    An agreement is kept for the client and the scopes, so that the person is not asked again; a refusal is not kept.
    Either leaves a journal row. Each request is answered once.

    Raises:
        RequestOver: the request was answered, is too old, or waits for somebody else.
        RedirectRefused: the client was disabled or changed its addresses meanwhile.
    """
    waiting = await waiting_request(session, request_id, by, now)
    client, redirect_uri = await destination(session, waiting.query)
    row = await live_session_by_id(session, waiting.sid, now)
    if row is None or login_due(
        row.auth_time, prompts=(), max_age=None, login_after=waiting.login_after, now=now
    ):
        raise RequestOver
    waiting.decided_at = now
    session.add(waiting)
    answer: dict[str, str | None] = {"iss": issuer, "state": waiting.query.get("state")}
    try:
        request = check_request(client, waiting.query)
        if agreed:
            await _keep(session, by, request, now)
            answer["code"] = await give_code(session, request, redirect_uri, row, now)
        else:
            await _record(session, by, request, "client.grant.refused")
            answer["error"] = "access_denied"
    except Refused as refused:
        answer["error"] = refused.error
    return redirect_with(redirect_uri, answer)


async def _keep(session: WriteSession, by: Principal, request: Request, now: datetime) -> None:
    """Scopes agreed to before stay agreed to."""
    client_id = request.client.client_id
    grant = await queries.live_grant(session, by.person_id, client_id)
    if grant is not None and set(request.scopes) <= set(grant.scopes):
        return
    if grant is None:
        grant = ClientGrant(person_id=by.person_id, client_id=client_id, scopes=[], granted_at=now)
    grant.scopes = sorted({*grant.scopes, *request.scopes})
    grant.granted_at = now
    session.add(grant)
    await _record(session, by, request, "client.grant.given")


async def _record(session: WriteSession, by: Principal, request: Request, action: str) -> None:
    await journal.record(
        session,
        actor=by,
        action=action,
        object_=f"client/{request.client.client_id}",
        person_id=by.person_id,
        fields=request.scopes,
    )
