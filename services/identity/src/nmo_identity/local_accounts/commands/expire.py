"""Close accounts that nobody confirmed in 72 hours (security L11)."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts.commands.close import close_account
from nmo_identity.accounts.queries import person_for_update
from nmo_identity.accounts.rules import UNVERIFIED_LIFETIME
from nmo_identity.local_accounts import queries
from nmo_identity.local_accounts.tables import Registration
from nmo_identity.sessions.commands.end_sessions import end_sessions
from nmo_kit.db import Database

BATCH = 50
ACTOR = "identity.local_accounts"


async def expire_unconfirmed(db: Database, *, now: datetime) -> int:
    """Close them, end their sessions and forget what was typed; how many."""
    async with db.write() as session:
        accounts = await queries.unconfirmed_since(session, now - UNVERIFIED_LIFETIME, BATCH)
        for account in accounts:
            await end_sessions(session, account.person_id, reason="never_confirmed", now=now, by=ACTOR)
            await close_account(session, account, reason="never_confirmed", by=ACTOR, now=now)
            person = await person_for_update(session, account.person_id)
            person.last_name = person.first_name = ""
            person.patronymic = person.gender = person.citizenship = person.region_code = None
            person.birth_sealed = person.snils_sealed = person.snils_index = None
            person.email = person.phone = None
            person.snils_level = 0
            session.add(person)
            row = await queries.registration_of_account(session, account.id)
            if isinstance(row, Registration):
                await session.delete(row)
    return len(accounts)
