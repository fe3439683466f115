"""Identity tells what became of approved changes, the registry what persons dispute."""

from __future__ import annotations

from nmo_applications.requests.commands.dispute import take_dispute
from nmo_applications.requests.commands.settle import settle_change
from nmo_applications.requests.rules import Disputed
from nmo_contracts.identity import ChangeAppliedV1
from nmo_contracts.purposes import MAIN
from nmo_contracts.registry import DifferenceDisputedV1
from nmo_kit import clock
from nmo_kit.consents import is_withdrawn
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes


@consumes(ChangeAppliedV1)
async def on_change_applied(session: WriteSession, event: Received[ChangeAppliedV1]) -> None:
    """Close the request of a change that was carried out; give back the one that could not be."""
    await settle_change(session, event, cipher=event.context.extras["cipher"], now=clock.now())


@consumes(DifferenceDisputedV1)
async def on_difference_disputed(session: WriteSession, event: Received[DifferenceDisputedV1]) -> None:
    """A dispute becomes a request of its person; whoever took the consent back meanwhile is left in peace."""
    told = event.data
    if await is_withdrawn(session, told.person_id, MAIN):
        return
    disputed = Disputed(told.field, told.document, told.specialty_name, told.own_value, told.register_value)
    await take_dispute(
        session,
        told.person_id,
        disputed,
        reference=told.reference,
        cipher=event.context.extras["cipher"],
        now=clock.now(),
    )
