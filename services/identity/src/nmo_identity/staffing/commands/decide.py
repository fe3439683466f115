"""Grant or refuse a role that somebody asked for (ROL-03, P20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.queries import person_for_update
from nmo_identity.roles import queries
from nmo_identity.roles.commands.sync_memberships import sync_memberships
from nmo_identity.roles.rules import Held, scope_of
from nmo_identity.roles.tables import RoleGrant, RoleRequest
from nmo_identity.staffing.errors import NotConfirmedPerson, OwnRole, RoleRequestDecided
from nmo_identity.staffing.letters import tell_person
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.principal import Principal


async def own_scope(session: ReadSession, by: Principal) -> Sequence[Held]:
    """Roles that the caller holds at this moment and speaks in: what they may give follows from nothing else."""
    held = await queries.held_by(session, by.person_id)
    return scope_of(held, by.roles, by.organization_id)


async def decide(
    session: WriteSession,
    request_id: UUID,
    *,
    grant: bool,
    answer: str,
    by: Principal,
    cipher: FieldCipher,
    now: datetime,
) -> RoleRequest:
    """Give the role to the person who asked, or tell them why not. Effective at once.

    Writes grant and membership, event `membership.granted`, journal rows, a letter.

    Raises:
        NotFound: no such request within the caller's scope.
        OwnRole: the caller asked for it.
        RoleRequestDecided: somebody was faster.
        NotConfirmedPerson: the account behind it is confirmed no more.
    """
    row = await queries.request_for_update(session, request_id, await own_scope(session, by))
    if row.person_id == by.person_id:
        raise OwnRole
    if row.state != "pending":
        raise RoleRequestDecided
    person = await person_for_update(session, row.person_id)
    if grant and not person.confirmed:
        raise NotConfirmedPerson
    row.state = "granted" if grant else "refused"
    row.decided_at, row.decided_by, row.answer = now, by.person_id, answer or None
    session.add(row)
    if grant:
        session.add(
            RoleGrant(
                person_id=person.id,
                role=row.role,
                organization_id=row.organization_id,
                granted_by=by.sub,
                granted_at=now,
            )
        )
        await session.flush()
        await sync_memberships(session, person, now=now, by=by)
    await journal.record(
        session,
        actor=by,
        action=f"role.request_{row.state}",
        object_=f"role_request/{row.id}",
        person_id=person.id,
        fields=[row.role],
    )
    await tell_person(session, person, f"role_{row.state}", row.role, answer=answer, cipher=cipher, now=now)
    return row
