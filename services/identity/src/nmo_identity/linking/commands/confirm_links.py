"""After recovery: which ways in are yours (security L8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.queries import person_for_update
from nmo_identity.accounts.tables import Account
from nmo_identity.linking import queries
from nmo_identity.linking.commands.untie import remove
from nmo_identity.login.queries import session_by_id
from nmo_identity.providers.port import LoginProvider
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.errors import NotFound
from nmo_kit.principal import Principal

MUST_CONFIRM_LINKS = "must_confirm_links"


async def confirm_links(
    session: WriteSession,
    keep: Collection[UUID],
    *,
    by: Principal,
    providers: Mapping[str, LoginProvider],
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Untie every way in that is not kept, and free the session of `must_confirm_links`.

    Whoever took the account over for a while may have tied a way in of their own: it goes on opening the account until
    the owner says it is not theirs. The way in of the session itself stays in any case.

    Raises:
        NotFound: the session does not owe this step.
    """
    person = await person_for_update(session, by.person_id)
    row = await session_by_id(session, UUID(by.sid)) if by.sid else None
    if row is None or MUST_CONFIRM_LINKS not in row.restrictions:
        raise NotFound
    ways = await queries.open_accounts(session, person.id)
    for way in ways:
        if way.id not in keep and way.id != row.account_id:
            await remove(session, way.id, by=by, providers=providers, cipher=cipher, now=now)
    row.restrictions = [name for name in row.restrictions if name != MUST_CONFIRM_LINKS]
    own = next((way for way in ways if way.id == row.account_id), None)
    if own is not None:
        own.duties = [name for name in own.duties if name != MUST_CONFIRM_LINKS]
        session.add(own)
    account = await session.get_one(Account, row.account_id, with_for_update=True)
    account.duties = [name for name in account.duties if name != MUST_CONFIRM_LINKS]
    person.version += 1
    session.add_all([row, person, account])
    await journal.record(
        session,
        actor=by,
        action="links.confirmed",
        object_=f"person/{person.id}",
        person_id=person.id,
        fields=sorted(way.provider_key for way in ways if way.id in keep or way.id == row.account_id),
    )
