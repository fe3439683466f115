"""Identity's word on whose record an account is.

Identity tells a match when it changes, and the standing one again when the person agrees to be shown to the employer:
people matched before this service kept links are known by the time they may be shown.
"""

from __future__ import annotations

from nmo_contracts.identity import PersonMatchedV1, PersonMismatchedV1
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes
from nmo_registry.staff.commands.link import link_person


@consumes(PersonMatchedV1)
async def on_matched(session: WriteSession, event: Received[PersonMatchedV1]) -> None:
    """The account is this mirrored person."""
    told = event.data
    await link_person(session, told.person_id, told.specialist_id, matched_at=told.matched_at)


@consumes(PersonMismatchedV1)
async def on_mismatched(session: WriteSession, event: Received[PersonMismatchedV1]) -> None:
    """The account is nobody of the mirror."""
    await link_person(session, event.data.person_id, None, matched_at=event.data.matched_at)
