"""Make a person's memberships agree with the grants of the number they have proven."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts.events import publish
from nmo_identity.accounts.tables import Person
from nmo_identity.roles import events, queries
from nmo_identity.roles.tables import Membership
from nmo_kit import journal
from nmo_kit.db import WriteSession


async def sync_memberships(session: WriteSession, person: Person, *, now: datetime) -> None:
    """Add what grants give, revoke what they give no longer (ROL-01). Only a confirmed holder gets roles.

    Writes memberships, journal rows, events `membership.granted` and `membership.revoked`.
    The person's row must be locked or new.
    """
    grants = []
    if person.confirmed and person.holds_snils and person.snils_index is not None:
        grants = list(await queries.live_grants(session, person.snils_index))
    held = list(await queries.live_memberships(session, person.id))
    wanted = {(grant.role, grant.organization_id): grant for grant in grants}
    for row in held:
        if (row.role, row.organization_id) not in wanted:
            row.revoked_at = now
            session.add(row)
            await publish(session, person, events.revoked(row))
            await _record(session, row, "membership.revoked")
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
        await _record(session, row, "membership.granted")


async def _record(session: WriteSession, row: Membership, action: str) -> None:
    await journal.record(
        session,
        actor="identity.roles",
        action=action,
        object_=f"membership/{row.id}",
        person_id=row.person_id,
        fields=[row.role],
    )
