"""Grant a role to whoever proves a number."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.roles import queries
from nmo_identity.roles.rules import check_grant
from nmo_identity.roles.tables import RoleGrant
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.snils import Snils


async def add_grant(
    session: WriteSession,
    snils: Snils,
    role: str,
    organization_id: UUID | None,
    *,
    granted_by: str,
    cipher: FieldCipher,
    now: datetime,
) -> bool:
    """Write the grant unless it was written before; returns whether it was written.

    One taken back by an administrator stays taken back, however often the same file is read (P20).

    Raises:
        ValueError: unknown role, or an organisation missing or out of place.
    """
    check_grant(role, organization_id)
    index = cipher.blind_index(snils)
    for grant in await queries.every_grant(session, index):
        if grant.role == role and grant.organization_id == organization_id:
            return False
    row = RoleGrant(
        snils_index=index, role=role, organization_id=organization_id, granted_by=granted_by, granted_at=now
    )
    session.add(row)
    await session.flush()
    await journal.record(
        session,
        actor=granted_by,
        action="role.granted",
        object_=f"role_grant/{row.id}",
        person_id=None,
        fields=[role],
    )
    return True
