"""Tell a standing match once more, for whoever has begun to keep it since."""

from __future__ import annotations

from uuid import UUID

from nmo_identity.accounts.events import publish
from nmo_identity.accounts.queries import person_for_update
from nmo_identity.matching import events, queries
from nmo_kit.db import WriteSession


async def tell_match_again(session: WriteSession, person_id: UUID) -> None:
    """Write `person.matched` as it was told, with the time of its comparison; nothing for who is matched with no record.

    Events of long ago are told to nobody who begins to listen later: the register's service links the account of a
    person who agrees to be shown to the employer by this.
    """
    result = await queries.last_result(session, person_id)
    if result is None:
        return
    if result.outcome in {"exact", "equivalent"}:
        event = events.of_result(result)
    elif result.outcome == "weak" and await queries.is_confirmed_by_person(session, result):
        event = events.of_confirmation(result)
    else:
        return
    if event is not None:
        await publish(session, await person_for_update(session, person_id), event)
