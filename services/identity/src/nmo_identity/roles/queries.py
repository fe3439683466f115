"""Every SELECT on grants and memberships."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text
from sqlmodel import col

from nmo_identity.accounts.tables import Person
from nmo_identity.roles.rules import Held, may_give
from nmo_identity.roles.tables import Membership, RoleGrant, RoleRequest
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.errors import NotFound


async def every_grant(session: ReadSession, snils_index: bytes) -> Sequence[RoleGrant]:
    """Grants ever written for a number, those taken back too."""
    found = await session.execute(select(RoleGrant).where(col(RoleGrant.snils_index) == snils_index))
    return found.scalars().all()


async def grants_for(session: ReadSession, person: Person) -> Sequence[RoleGrant]:
    """Grants in force for a person: by the number they hold, and by name."""
    mine = [col(RoleGrant.person_id) == person.id]
    if person.holds_snils and person.snils_index is not None:
        mine.append(col(RoleGrant.snils_index) == person.snils_index)
    found = await session.execute(
        select(RoleGrant)
        .where(or_(*mine), col(RoleGrant.revoked_at).is_(None))
        .order_by(col(RoleGrant.granted_at), col(RoleGrant.id))
    )
    return found.scalars().all()


async def live_memberships(session: ReadSession, person_id: UUID) -> Sequence[Membership]:
    """Memberships in force, oldest first."""
    found = await session.execute(
        select(Membership)
        .where(col(Membership.person_id) == person_id, col(Membership.revoked_at).is_(None))
        .order_by(col(Membership.granted_at), col(Membership.id))
    )
    return found.scalars().all()


async def held_by(session: ReadSession, person_id: UUID) -> list[Held]:
    """Roles that a person holds now."""
    return [(row.role, row.organization_id) for row in await live_memberships(session, person_id)]


async def keys_of_the_house(session: WriteSession, wanted: Held) -> Sequence[UUID]:
    """Who else may act in a role, as membership ids; others who change it wait until this transaction ends."""
    role, organization = wanted
    lock = text("select pg_advisory_xact_lock(hashtext(:name))")
    await session.execute(lock, {"name": f"nmo.roles.{role}.{organization}"})
    found = await session.execute(
        select(col(Membership.id)).where(
            col(Membership.role) == role,
            col(Membership.organization_id).is_not_distinct_from(organization),
            col(Membership.revoked_at).is_(None),
        )
    )
    return found.scalars().all()


async def membership_for_update(
    session: WriteSession, membership_id: UUID, scope: Sequence[Held]
) -> Membership:
    """A membership in force that somebody with this scope may take, locked.

    Raises:
        NotFound: there is none.
    """
    found = await session.execute(
        select(Membership)
        .where(col(Membership.id) == membership_id, col(Membership.revoked_at).is_(None))
        .with_for_update()
    )
    row = found.scalar_one_or_none()
    if row is None or not any(may_give(holder, (row.role, row.organization_id)) for holder in scope):
        raise NotFound
    return row


async def request_for_update(session: WriteSession, request_id: UUID, scope: Sequence[Held]) -> RoleRequest:
    """A request that somebody with this scope may decide on, locked.

    Raises:
        NotFound: there is none.
    """
    found = await session.execute(
        select(RoleRequest).where(col(RoleRequest.id) == request_id).with_for_update()
    )
    row = found.scalar_one_or_none()
    if row is None or not any(may_give(holder, (row.role, row.organization_id)) for holder in scope):
        raise NotFound
    return row


async def own_request_for_update(session: WriteSession, request_id: UUID, person_id: UUID) -> RoleRequest:
    """A request of the person's own, locked.

    Raises:
        NotFound: there is none.
    """
    found = await session.execute(
        select(RoleRequest)
        .where(col(RoleRequest.id) == request_id, col(RoleRequest.person_id) == person_id)
        .with_for_update()
    )
    row = found.scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def requests_of(session: ReadSession, person_id: UUID) -> Sequence[RoleRequest]:
    """The person's requests, newest first."""
    found = await session.execute(
        select(RoleRequest)
        .where(col(RoleRequest.person_id) == person_id)
        .order_by(col(RoleRequest.created_at).desc(), col(RoleRequest.id).desc())
        .limit(50)
    )
    return found.scalars().all()


async def open_requests(
    session: ReadSession, organization_id: UUID | None, *, everywhere: bool
) -> Sequence[tuple[RoleRequest, Person]]:
    """Requests that wait for a decision, oldest first, with who asks."""
    wanted = (
        select(RoleRequest, Person)
        .join(Person, col(Person.id) == col(RoleRequest.person_id))
        .where(col(RoleRequest.state) == "pending")
        .order_by(col(RoleRequest.created_at), col(RoleRequest.id))
        .limit(200)
    )
    if not everywhere:
        wanted = wanted.where(col(RoleRequest.organization_id) == organization_id)
    return [(row[0], row[1]) for row in (await session.execute(wanted)).all()]


async def holders(
    session: ReadSession, organization_id: UUID | None, *, everywhere: bool, after: UUID | None, limit: int
) -> Sequence[tuple[Membership, Person]]:
    """Who holds a role, in the order it was given; a page of them."""
    wanted: Select[tuple[Membership, Person]] = (
        select(Membership, Person)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(col(Membership.revoked_at).is_(None))
        .order_by(col(Membership.id))
        .limit(limit)
    )
    if not everywhere:
        wanted = wanted.where(col(Membership.organization_id) == organization_id)
    if after is not None:
        wanted = wanted.where(col(Membership.id) > after)
    return [(row[0], row[1]) for row in (await session.execute(wanted)).all()]


async def open_request_count(session: ReadSession, person_id: UUID) -> int:
    """How many requests of a person wait."""
    found = await session.execute(
        select(func.count())
        .select_from(RoleRequest)
        .where(col(RoleRequest.person_id) == person_id, col(RoleRequest.state) == "pending")
    )
    return found.scalar_one()


async def same_open_request(session: ReadSession, person_id: UUID, wanted: Held) -> RoleRequest | None:
    """A request for the same role that waits already."""
    found = await session.execute(
        select(RoleRequest).where(
            col(RoleRequest.person_id) == person_id,
            col(RoleRequest.role) == wanted[0],
            col(RoleRequest.organization_id).is_not_distinct_from(wanted[1]),
            col(RoleRequest.state) == "pending",
        )
    )
    return found.scalar_one_or_none()


async def deciders(session: ReadSession, givers: Sequence[Held]) -> Sequence[Person]:
    """Who holds one of these roles and has an address: they are told of a new request."""
    roles = [
        (col(Membership.role) == role) & col(Membership.organization_id).is_not_distinct_from(organization)
        for role, organization in givers
    ]
    found = await session.execute(
        select(Person)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(or_(*roles), col(Membership.revoked_at).is_(None), col(Person.email_verified))
        .order_by(col(Person.id))
        .limit(20)
    )
    return found.scalars().unique().all()
