"""Take a way in away from its person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from nmo_identity.accounts import events
from nmo_identity.accounts.commands.close import close_account
from nmo_identity.accounts.commands.fall_back import fall_back
from nmo_identity.accounts.queries import person_for_update
from nmo_identity.accounts.rules import LOCAL
from nmo_identity.consents.queries import is_granted
from nmo_identity.linking import letters, queries
from nmo_identity.linking.commands.drop_unconfirmed import forget_credentials
from nmo_identity.linking.commands.revoke_proofs import revoke_link_proofs
from nmo_identity.linking.errors import LastWayIn, LinkNotFound
from nmo_identity.linking.queries import opens, title_of
from nmo_identity.linking.rules import may_untie
from nmo_identity.matching.commands.match_person import owe_match
from nmo_identity.providers.port import LoginProvider
from nmo_identity.roles.commands.sync_memberships import sync_memberships
from nmo_identity.sessions.commands.end_sessions import end_sessions
from nmo_identity.sessions.step_up import require_recent
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def untie(
    session: WriteSession,
    account_id: UUID,
    *,
    by: Principal,
    providers: Mapping[str, LoginProvider],
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Untie a way in on its owner's word (REG-09, L4, L9): it opens nothing here any more.

    Every other session ends, and the own one too when it was opened by it; links under way are taken back; the owner gets
    a letter. What only this way in proved, number and confirmed name, counts as typed from now on.

    Raises:
        StepUpRequired: the sign-in is older than five minutes.
        LinkNotFound: no such way in of the caller.
        LastWayIn: no other one would be left that works.
    """
    require_recent(by, now)
    await remove(session, account_id, by=by, providers=providers, cipher=cipher, now=now)


async def remove(
    session: WriteSession,
    account_id: UUID,
    *,
    by: Principal,
    providers: Mapping[str, LoginProvider],
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """The same for callers that made sure of the person already."""
    person = await person_for_update(session, by.person_id)
    ways = await queries.open_accounts(session, person.id)
    account = next((row for row in ways if row.id == account_id), None)
    if account is None:
        raise LinkNotFound
    if opens(account, providers) and not may_untie(sum(opens(row, providers) for row in ways)):
        raise LastWayIn
    title = title_of(account.provider_key, providers)
    await letters.tell_removed(session, person, title, cipher=cipher, now=now)
    await close_account(session, account, reason="unlinked", by=by, now=now)
    if account.provider_key == LOCAL:
        await forget_credentials(session, account)
    fell = fall_back(person, [row for row in ways if row.id != account.id], now=now)
    own = UUID(by.sid) if by.sid and not await queries.is_opened_by(session, by.sid, account) else None
    await end_sessions(session, person.id, keep_sid=own, reason="unlinked", now=now, by=by)
    await revoke_link_proofs(session, person.id)
    await session.flush()
    if fell:
        await sync_memberships(session, person, now=now)
        if await is_granted(session, person.id):
            await owe_match(session, person.id, now=now)
    await events.publish(session, person, events.changed(person, sorted({"links", *fell})))
    await journal.record(
        session,
        actor=by,
        action="link.removed",
        object_=f"account/{account.id}",
        person_id=person.id,
        fields=[account.provider_key],
    )
