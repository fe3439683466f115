"""Make a person's memberships agree with the grants of the number they have proven."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.events import publish
from nmo_identity.accounts.tables import Person
from nmo_identity.roles import events, queries
from nmo_identity.roles.tables import Membership, RoleGrant
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def sync_memberships(
    session: WriteSession, person: Person, *, now: datetime, by: Principal | str = "identity.roles"
) -> None:
    """Add what grants give, revoke what they give no longer (ROL-01). Only a confirmed holder gets roles.

    Writes memberships, journal rows, events `membership.granted` and `membership.revoked`.
    The person's row must be locked or new.
    """
    grants = list(await queries.grants_for(session, person)) if person.confirmed else []
    held = list(await queries.live_memberships(session, person.id))
    wanted: dict[tuple[str, UUID | None], RoleGrant] = {}
    for grant in grants:
        wanted.setdefault((grant.role, grant.organization_id), grant)
    for row in held:
        if (row.role, row.organization_id) not in wanted:
            row.revoked_at = now
            session.add(row)
            await publish(session, person, events.revoked(row))
            await _record(session, row, "membership.revoked", by)
    have = {(row.role, row.organization_id) for row in held}
    for key, grant in wanted.items():
        if key in have:
            continue
        row = Membership(
            person_id=person.id,
            grant_id=grant.id,
            role=grant.role,
            organization_id=grant.organization_id,
            granted_at=now,
        )
        session.add(row)
        await publish(session, person, events.granted(row))
        await _record(session, row, "membership.granted", by)


async def _record(session: WriteSession, row: Membership, action: str, by: Principal | str) -> None:
    await journal.record(
        session,
        actor=by,
        action=action,
        object_=f"membership/{row.id}",
        person_id=row.person_id,
        fields=[row.role],
    )
