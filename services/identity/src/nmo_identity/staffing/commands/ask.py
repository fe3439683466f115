"""Ask for a role, and take the request back (ROL-03)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.roles import queries
from nmo_identity.roles.rules import check_grant
from nmo_identity.roles.tables import RoleRequest
from nmo_identity.staffing.errors import (
    RoleHeldAlready,
    RoleRequestDecided,
    RoleRequested,
    TooManyRoleRequests,
)
from nmo_identity.staffing.letters import tell_deciders
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.errors import FieldError, FieldProblem
from nmo_kit.principal import Principal

MOST_OPEN = 5


def reason_place(request_id: UUID) -> str:
    """What a sealed reason is bound to."""
    return f"role_request|reason_sealed|{request_id}"


async def ask_for_role(
    session: WriteSession,
    role: str,
    organization_id: UUID | None,
    reason: str,
    *,
    by: Principal,
    cipher: FieldCipher,
    now: datetime,
) -> RoleRequest:
    """Write the request down and tell those who may decide. Journal row, letters.

    Raises:
        FieldProblem: the organisation is missing or out of place.
        RoleHeldAlready, RoleRequested, TooManyRoleRequests: it makes no sense now.
    """
    try:
        check_grant(role, organization_id)
    except ValueError as error:
        message = "Выберите организацию" if organization_id is None else "Эта роль не относится к организации"
        raise FieldProblem(
            [FieldError(pointer="/organization_id", code="organization", message=message)]
        ) from error
    wanted = (role, organization_id)
    if wanted in await queries.held_by(session, by.person_id):
        raise RoleHeldAlready
    if await queries.same_open_request(session, by.person_id, wanted) is not None:
        raise RoleRequested
    if await queries.open_request_count(session, by.person_id) >= MOST_OPEN:
        raise TooManyRoleRequests
    row = RoleRequest(
        person_id=by.person_id, role=role, organization_id=organization_id, reason_sealed=b"", created_at=now
    )
    row.reason_sealed = cipher.encrypt(reason, aad=reason_place(row.id))
    session.add(row)
    await session.flush()
    await _record(session, row, "role.requested", by)
    await tell_deciders(session, row, cipher=cipher, now=now)
    return row


async def take_request_back(session: WriteSession, request_id: UUID, *, by: Principal, now: datetime) -> None:
    """The person needs the role no longer.

    Raises:
        NotFound: no such request of theirs.
        RoleRequestDecided: it waits no longer.
    """
    row = await queries.own_request_for_update(session, request_id, by.person_id)
    if row.state != "pending":
        raise RoleRequestDecided
    row.state, row.decided_at, row.decided_by = "withdrawn", now, by.person_id
    session.add(row)
    await _record(session, row, "role.request_withdrawn", by)


async def _record(session: WriteSession, row: RoleRequest, action: str, by: Principal) -> None:
    await journal.record(
        session,
        actor=by,
        action=action,
        object_=f"role_request/{row.id}",
        person_id=row.person_id,
        fields=[row.role],
    )
