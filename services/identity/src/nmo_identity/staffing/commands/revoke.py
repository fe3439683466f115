"""Take a role away, with effect at once (ROL-03, P20, T11)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.queries import person_for_update
from nmo_identity.roles import queries
from nmo_identity.roles.commands.sync_memberships import sync_memberships
from nmo_identity.roles.rules import KEYS_OF_THE_HOUSE
from nmo_identity.staffing.commands.decide import own_scope
from nmo_identity.staffing.errors import LastAdministrator, OwnRole
from nmo_identity.staffing.letters import tell_person
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def revoke_role(
    session: WriteSession,
    membership_id: UUID,
    reason: str,
    *,
    by: Principal,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """End a membership and every grant it stands on; tokens made before are refused within seconds.

    Writes event `membership.revoked`, journal rows, a letter.

    Raises:
        NotFound: no such membership within the caller's scope.
        OwnRole: it is the caller's own.
        LastAdministrator: nobody would be left to give roles there.
    """
    row = await queries.membership_for_update(session, membership_id, await own_scope(session, by))
    if row.person_id == by.person_id:
        raise OwnRole
    if row.role in KEYS_OF_THE_HOUSE:
        others = set(await queries.keys_of_the_house(session, (row.role, row.organization_id))) - {row.id}
        if not others:
            raise LastAdministrator
    person = await person_for_update(session, row.person_id)
    for grant in await queries.grants_for(session, person):
        if (grant.role, grant.organization_id) == (row.role, row.organization_id):
            grant.revoked_at = now
            session.add(grant)
    await session.flush()
    await sync_memberships(session, person, now=now, by=by)
    await journal.record(
        session,
        actor=by,
        action="role.revoked",
        object_=f"membership/{row.id}",
        person_id=person.id,
        fields=[row.role],
        reason="by_administrator",
    )
    await tell_person(session, person, "role_revoked", row.role, answer=reason, cipher=cipher, now=now)
