"""Putting answers about roles together."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from nmo_identity.accounts.rules import full_name, short_name
from nmo_identity.login.queries import session_by_id
from nmo_identity.roles import queries
from nmo_identity.roles.rules import SPECIALIST, TITLES, Held, may_give
from nmo_identity.roles.tables import RoleRequest
from nmo_identity.staffing.commands.ask import reason_place
from nmo_identity.staffing.commands.decide import own_scope
from nmo_identity.staffing.schemas import (
    Holder,
    OpenRequest,
    OwnRequest,
    OwnRole,
    OwnRoles,
    People,
    Workplace,
)
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import ReadSession
from nmo_kit.paging import encode_cursor
from nmo_kit.principal import Principal


def own_request(row: RoleRequest) -> OwnRequest:
    """A request as its person sees it."""
    return OwnRequest(
        request_id=row.id,
        role=row.role,
        title=TITLES[row.role],
        organization_id=row.organization_id,
        state=row.state,
        created_at=row.created_at,
        decided_at=row.decided_at,
        answer=row.answer,
    )


async def own_roles(session: ReadSession, viewer: Principal) -> OwnRoles:
    """What the viewer holds and asked for."""
    return OwnRoles(
        roles=[
            OwnRole(
                role=row.role,
                title=TITLES[row.role],
                organization_id=row.organization_id,
                granted_at=row.granted_at,
            )
            for row in await queries.live_memberships(session, viewer.person_id)
        ],
        requests=[own_request(row) for row in await queries.requests_of(session, viewer.person_id)],
    )


async def workplaces(session: ReadSession, viewer: Principal) -> list[Workplace]:
    """Where the viewer may work; their own cabinet comes last for those who have others."""
    row = await session_by_id(session, UUID(viewer.sid)) if viewer.sid else None
    chosen = (row.workplace_role, row.workplace_organization_id) if row and row.workplace_role else None
    held = [*await queries.held_by(session, viewer.person_id), (SPECIALIST, None)]
    return [
        Workplace(role=role, title=TITLES[role], organization_id=place, current=(role, place) == chosen)
        for role, place in held
    ]


async def people(
    session: ReadSession,
    viewer: Principal,
    cipher: FieldCipher,
    *,
    everywhere: bool,
    after: UUID | None,
    limit: int,
) -> People:
    """Holders and requests of the viewer's organisation, or of the whole portal."""
    scope = await own_scope(session, viewer)
    place = None if everywhere else viewer.organization_id
    rows = await queries.holders(session, place, everywhere=everywhere, after=after, limit=limit + 1)
    waiting = await queries.open_requests(session, place, everywhere=everywhere)
    last = rows[limit - 1][0] if len(rows) > limit else None
    return People(
        items=[
            Holder(
                membership_id=row.id,
                short_name=short_name(person.last_name, person.first_name, person.patronymic),
                role=row.role,
                title=TITLES[row.role],
                organization_id=row.organization_id,
                granted_at=row.granted_at,
                mine=person.id == viewer.person_id,
                may_revoke=person.id != viewer.person_id and _covers(scope, (row.role, row.organization_id)),
            )
            for row, person in rows[:limit]
        ],
        next_cursor=encode_cursor({"id": str(last.id)}) if last else None,
        requests=[
            OpenRequest(
                request_id=row.id,
                full_name=full_name(person.last_name, person.first_name, person.patronymic),
                reason=cipher.decrypt(row.reason_sealed, aad=reason_place(row.id)),
                role=row.role,
                title=TITLES[row.role],
                organization_id=row.organization_id,
                created_at=row.created_at,
                mine=person.id == viewer.person_id,
                may_decide=person.id != viewer.person_id,
            )
            for row, person in waiting
            if _covers(scope, (row.role, row.organization_id))
        ],
    )


def _covers(scope: Sequence[Held], wanted: Held) -> bool:
    return any(may_give(holder, wanted) for holder in scope)
