"""Every SELECT on grants and memberships."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from nmo_identity.roles.tables import Membership, RoleGrant
from nmo_kit.db import ReadSession


async def live_grants(session: ReadSession, snils_index: bytes) -> Sequence[RoleGrant]:
    """Grants in force for a number."""
    found = await session.execute(
        select(RoleGrant)
        .where(col(RoleGrant.snils_index) == snils_index, col(RoleGrant.revoked_at).is_(None))
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
