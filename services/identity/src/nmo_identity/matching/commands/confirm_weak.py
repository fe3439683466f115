"""The person's own word that a nearly equal record of the register is theirs."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts.events import publish
from nmo_identity.accounts.queries import person_for_update
from nmo_identity.consents.queries import is_granted
from nmo_identity.matching import events, queries
from nmo_identity.matching.errors import NothingToConfirm
from nmo_identity.matching.rules import weak_fields
from nmo_identity.matching.tables import MatchConfirmation
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def confirm_weak_match(session: WriteSession, *, by: Principal, now: datetime) -> None:
    """Keep the confirmation (MAT-01); the cabinet opens. Repeating it changes nothing.

    Writes the confirmation, a journal row and the event `person.matched` with outcome `weak`.

    Raises:
        NothingToConfirm: the newest match is not a weak one, or the consent was taken back.
    """
    person = await person_for_update(session, by.person_id)
    result = await queries.last_result(session, person.id)
    if result is None or result.outcome != "weak" or result.specialist_id is None:
        raise NothingToConfirm
    if not person.confirmed or not await is_granted(session, person.id):
        raise NothingToConfirm
    if await queries.is_confirmed_by_person(session, result):
        return
    session.add(
        MatchConfirmation(
            person_id=person.id,
            match_id=result.id,
            specialist_id=result.specialist_id,
            differing=weak_fields(result.fields),
            confirmed_at=now,
        )
    )
    watch = await queries.watch_of(session, person.id)
    if watch is not None:
        await session.delete(watch)
    event = events.of_confirmation(result)
    if event is not None:
        await publish(session, person, event)
    await journal.record(
        session,
        actor=by,
        action="match.confirmed",
        object_=f"match/{result.reference}",
        person_id=person.id,
        fields=weak_fields(result.fields),
    )
