"""Routes of roles: the person's own, the organisation's people, the portal's (ROL-03)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nmo_identity.deps import CipherDep
from nmo_identity.sessions.errors import StepUpRequired
from nmo_identity.sessions.step_up import require_recent
from nmo_identity.staffing import view
from nmo_identity.staffing.commands.ask import ask_for_role, take_request_back
from nmo_identity.staffing.commands.choose_workplace import choose_workplace
from nmo_identity.staffing.commands.decide import decide
from nmo_identity.staffing.commands.revoke import revoke_role
from nmo_identity.staffing.errors import (
    LastAdministrator,
    NotConfirmedPerson,
    OwnRole,
    RoleHeldAlready,
    RoleRequestDecided,
    RoleRequested,
    TooManyRoleRequests,
    WorkplaceUnknown,
)
from nmo_identity.staffing.schemas import (
    AskForRole,
    ChooseWorkplace,
    Grant,
    OwnRequest,
    OwnRoles,
    People,
    Refuse,
    Workplaces,
)
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import FieldError, FieldProblem, NotFound, problems
from nmo_kit.paging import decode_cursor

router = APIRouter(tags=["roles"])
DECIDING = problems(NotFound, OwnRole, RoleRequestDecided, NotConfirmedPerson, StepUpRequired)
TAKING = problems(NotFound, OwnRole, LastAdministrator, StepUpRequired)
LIMIT = Annotated[int, Query(ge=1, le=200)]
CURSOR = Annotated[str | None, Query(max_length=2048)]


@router.get("/api/v1/me/roles")
@action("identity.me.roles.read")
async def read_own_roles(session: ReadDep, principal: CurrentPrincipal) -> OwnRoles:
    """Roles one holds, and requests with their answers."""
    return await view.own_roles(session, principal)


@router.post(
    "/api/v1/me/roles/requests",
    status_code=201,
    responses=problems(RoleHeldAlready, RoleRequested, TooManyRoleRequests),
)
@action("identity.me.roles.ask")
async def ask(
    body: AskForRole, session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep
) -> OwnRequest:
    """Ask for a role; those who may give it get a letter."""
    row = await ask_for_role(
        session, body.role, body.organization_id, body.reason, by=principal, cipher=cipher, now=clock.now()
    )
    return view.own_request(row)


@router.delete(
    "/api/v1/me/roles/requests/{role_request_id}",
    status_code=204,
    responses=problems(NotFound, RoleRequestDecided),
)
@action("identity.me.roles.withdraw")
async def take_back(role_request_id: UUID, session: WriteDep, principal: CurrentPrincipal) -> None:
    """Take one's request back while it waits."""
    await take_request_back(session, role_request_id, by=principal, now=clock.now())


@router.get("/api/v1/me/workplaces")
@action("identity.me.workplaces.read")
async def read_workplaces(session: ReadDep, principal: CurrentPrincipal) -> Workplaces:
    """Where one may work; the current one is marked once it was chosen."""
    return Workplaces(items=await view.workplaces(session, principal))


@router.put("/api/v1/me/workplace", status_code=204, responses=problems(WorkplaceUnknown))
@action("identity.me.workplace.choose")
async def choose(body: ChooseWorkplace, session: WriteDep, principal: CurrentPrincipal) -> None:
    """From now on this session speaks in this role for this organisation, and in no other."""
    await choose_workplace(session, body.role, body.organization_id, by=principal)


@router.get("/api/v1/organization/people")
@action("identity.organization.people.read")
async def read_people(
    session: ReadDep, principal: CurrentPrincipal, cipher: CipherDep, limit: LIMIT = 50, cursor: CURSOR = None
) -> People:
    """Who holds roles in one's own organisation, and who asks for one."""
    return await view.people(session, principal, cipher, everywhere=False, after=_after(cursor), limit=limit)


@router.post("/api/v1/organization/people/requests/{role_request_id}/grant", responses=DECIDING)
@action("identity.organization.people.grant")
async def grant(
    role_request_id: UUID, body: Grant, session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep
) -> OwnRequest:
    """Give the role asked for."""
    return await _decided(role_request_id, session, principal, cipher, grant=True, answer=body.answer)


@router.post("/api/v1/organization/people/requests/{role_request_id}/refuse", responses=DECIDING)
@action("identity.organization.people.refuse")
async def refuse(
    role_request_id: UUID, body: Refuse, session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep
) -> OwnRequest:
    """Refuse it with a reason."""
    return await _decided(role_request_id, session, principal, cipher, grant=False, answer=body.reason)


@router.post("/api/v1/organization/people/{membership_id}/revoke", status_code=204, responses=TAKING)
@action("identity.organization.people.revoke")
async def revoke(
    membership_id: UUID, body: Refuse, session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep
) -> None:
    """Take a role away, at once."""
    await _taken(membership_id, body, session, principal, cipher)


@router.get("/api/v1/admin/people")
@action("identity.admin.people.read")
async def read_all_people(
    session: ReadDep, principal: CurrentPrincipal, cipher: CipherDep, limit: LIMIT = 50, cursor: CURSOR = None
) -> People:
    """Who holds roles anywhere, and who asks for one."""
    return await view.people(session, principal, cipher, everywhere=True, after=_after(cursor), limit=limit)


@router.post("/api/v1/admin/people/requests/{role_request_id}/grant", responses=DECIDING)
@action("identity.admin.people.grant")
async def grant_anywhere(
    role_request_id: UUID, body: Grant, session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep
) -> OwnRequest:
    """Give the role asked for."""
    return await _decided(role_request_id, session, principal, cipher, grant=True, answer=body.answer)


@router.post("/api/v1/admin/people/requests/{role_request_id}/refuse", responses=DECIDING)
@action("identity.admin.people.refuse")
async def refuse_anywhere(
    role_request_id: UUID, body: Refuse, session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep
) -> OwnRequest:
    """Refuse it with a reason."""
    return await _decided(role_request_id, session, principal, cipher, grant=False, answer=body.reason)


@router.post("/api/v1/admin/people/{membership_id}/revoke", status_code=204, responses=TAKING)
@action("identity.admin.people.revoke")
async def revoke_anywhere(
    membership_id: UUID, body: Refuse, session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep
) -> None:
    """Take a role away, at once."""
    await _taken(membership_id, body, session, principal, cipher)


async def _decided(
    request_id: UUID,
    session: WriteDep,
    principal: CurrentPrincipal,
    cipher: CipherDep,
    *,
    grant: bool,
    answer: str,
) -> OwnRequest:
    now = clock.now()
    require_recent(principal, now)
    row = await decide(session, request_id, grant=grant, answer=answer, by=principal, cipher=cipher, now=now)
    return view.own_request(row)


async def _taken(
    membership_id: UUID, body: Refuse, session: WriteDep, principal: CurrentPrincipal, cipher: CipherDep
) -> None:
    now = clock.now()
    require_recent(principal, now)
    await revoke_role(session, membership_id, body.reason, by=principal, cipher=cipher, now=now)


def _after(cursor: str | None) -> UUID | None:
    try:
        return UUID(decode_cursor(cursor)["id"]) if cursor else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = "Ссылка на страницу списка устарела. Откройте список заново"
        raise FieldProblem([FieldError(pointer="/cursor", code="cursor", message=message)]) from error
