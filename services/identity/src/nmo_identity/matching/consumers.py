"""Events of the register's mirror: a changed record is compared anew for who waits for it or is in by it (MAT-04)."""

from __future__ import annotations

from typing import Any

from nmo_contracts.registry import SpecialistChangedV1, SpecialistRecordedV1, SpecialistRemovedV1
from nmo_identity.accounts.queries import person_for_update
from nmo_identity.matching import queries
from nmo_identity.matching.commands.match_person import owe_match
from nmo_identity.matching.rules import COMPARED
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes


@consumes(SpecialistRecordedV1, SpecialistChangedV1, SpecialistRemovedV1)
async def on_register_changed(session: WriteSession, event: Received[Any]) -> None:
    """Owe a match to those who were compared with this record; the worker makes it within seconds.

    Who did not get in is compared again whatever changed; who did, when the record left the register or something
    changed that a comparison looks at. They are found by the record's id, kept from the comparison: events carry nothing
    else about a person.
    """
    now, told = clock.now(), event.data
    people = set(await queries.watched_by_record(session, told.specialist_id))
    if isinstance(told, SpecialistRemovedV1) or not COMPARED.isdisjoint(getattr(told, "changed", ())):
        people.update(await queries.last_found_in_record(session, told.specialist_id))
    for person_id in sorted(people):
        await person_for_update(session, person_id)
        await owe_match(session, person_id, now=now, due=now)
