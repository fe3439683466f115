"""Routes of partners' portals for the person, and of their sign-out for the gateway (SSO-11)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Path

from nmo_identity.accounts.queries import person as read_person
from nmo_identity.accounts.rules import full_name
from nmo_identity.accounts.tables import Person
from nmo_identity.deps import SettingsDep
from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.commands.answer_request import answer_request
from nmo_identity.oidc_provider.commands.authorize import destination, waiting_request
from nmo_identity.oidc_provider.commands.revoke_grant import revoke_grant
from nmo_identity.oidc_provider.deps import KeyRingDep
from nmo_identity.oidc_provider.errors import RedirectRefused, RequestOver
from nmo_identity.oidc_provider.rules import DATA, login_due, wanted_scopes
from nmo_identity.portals.end_session import read_end_session
from nmo_identity.portals.schemas import (
    Answered,
    AnswerPortal,
    EndSession,
    EndSessionAnswer,
    PassedOn,
    PortalItem,
    PortalRequest,
    Portals,
)
from nmo_identity.sessions.queries import open_sessions
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import NotFound, problems

router = APIRouter(tags=["portals"])
ClientId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{2,40}$")]


@router.get("/api/v1/me/portals")
@action("identity.me.portals.read")
async def portals(session: ReadDep, principal: CurrentPrincipal) -> Portals:
    """Portals that the person lets know of them."""
    visits = await queries.last_visits(session, principal.person_id)
    items = [
        PortalItem(
            client_id=client.client_id,
            title=client.title,
            host=client.sector,
            purpose=client.purpose,
            data=[DATA[scope] for scope in DATA if scope in grant.scopes],
            granted_at=grant.granted_at,
            last_visit_at=visits.get(client.client_id),
        )
        for grant, client in await queries.grants_of(session, principal.person_id)
    ]
    return Portals(items=items)


@router.delete("/api/v1/me/portals/{client_id}", status_code=204, responses=problems(NotFound))
@action("identity.me.portals.revoke")
async def revoke(client_id: ClientId, session: WriteDep, principal: CurrentPrincipal) -> None:
    """Close a portal's access to one's data: its tokens stop, it is told, it asks anew the next time."""
    await revoke_grant(session, client_id, by=principal, now=clock.now())


@router.get("/api/v1/me/portal-requests/{request_id}", responses=problems(RequestOver, RedirectRefused))
@action("identity.me.portal_requests.read")
async def request(request_id: UUID, session: WriteDep, principal: CurrentPrincipal) -> PortalRequest:
    """What a portal asks for, with the person's own values."""
    now = clock.now()
    waiting = await waiting_request(session, str(request_id), principal, now)
    client, uri = await destination(session, waiting.query)
    person = await read_person(session, principal.person_id)
    grant = await queries.live_grant(session, principal.person_id, client.client_id)
    live = [row for row in await open_sessions(session, principal.person_id, now) if row.sid == waiting.sid]
    scopes = wanted_scopes(waiting.query.get("scope", ""), client.scopes) or []
    return PortalRequest(
        request_id=waiting.id,
        client_id=client.client_id,
        title=client.title,
        host=urlsplit(uri).hostname or "",
        origin=f"{urlsplit(uri).scheme}://{urlsplit(uri).netloc}",
        purpose=client.purpose,
        login_due=not live
        or login_due(live[0].auth_time, prompts=(), max_age=None, login_after=waiting.login_after, now=now),
        items=[
            PassedOn(
                scope=scope,
                title=DATA[scope],
                values=_values(person, scope),
                agreed_before=grant is not None and scope in grant.scopes,
            )
            for scope in scopes
        ],
        expires_at=waiting.expires_at,
    )


@router.post("/api/v1/me/portal-requests/{request_id}", responses=problems(RequestOver, RedirectRefused))
@action("identity.me.portal_requests.answer")
async def answer(
    request_id: UUID,
    body: AnswerPortal,
    session: WriteDep,
    principal: CurrentPrincipal,
    settings: SettingsDep,
) -> Answered:
    """Agree, or refuse; the browser goes back to the portal with a code or an error."""
    url = await answer_request(
        session,
        str(request_id),
        agreed=body.agreed,
        by=principal,
        issuer=settings.public_url,
        now=clock.now(),
    )
    return Answered(redirect_to=url)


@router.post("/internal/oidc/end-session", responses=problems(RedirectRefused))
@action("identity.oidc.end_session")
async def end_session(
    body: EndSession, session: ReadDep, keyring: KeyRingDep, settings: SettingsDep
) -> EndSessionAnswer:
    """Whether a portal that wants the session ended may have the browser back; nothing ends here."""
    return await read_end_session(session, body, await keyring.jwks(), issuer=settings.public_url)


def _values(person: Person, scope: str) -> list[str]:
    if scope == "profile":
        return [full_name(person.last_name, person.first_name, person.patronymic)]
    return [person.email] if scope == "email" and person.email else []
