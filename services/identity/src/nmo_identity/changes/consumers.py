"""An approved change arrives: ask for its values, carry it out."""

from __future__ import annotations

from nmo_contracts.applications import ChangeApprovedV1
from nmo_identity.changes.commands.apply_change import apply_change
from nmo_identity.changes.queries import change_of
from nmo_identity.changes.source import ChangeSource
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Permanent, Received, consumes


@consumes(ChangeApprovedV1)
async def on_change_approved(session: WriteSession, event: Received[ChangeApprovedV1]) -> None:
    """Carry an approved change out once (REG-04). Values come by a call: events hold ids alone."""
    extras = event.context.extras
    source: ChangeSource = extras["change_source"]
    if await change_of(session, event.data.request_id) is not None:
        return
    change = await source.approved(event.data.request_id)
    if change.person_id != event.data.person_id:
        raise Permanent("the change is about another person")
    await apply_change(session, event.data, change.values, cipher=extras["cipher"], now=clock.now())
