"""Identity tells what became of approved changes."""

from __future__ import annotations

from nmo_applications.requests.commands.settle import settle_change
from nmo_contracts.identity import ChangeAppliedV1
from nmo_kit import clock
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received, consumes


@consumes(ChangeAppliedV1)
async def on_change_applied(session: WriteSession, event: Received[ChangeAppliedV1]) -> None:
    """Close the request of a change that was carried out; give back the one that could not be."""
    await settle_change(session, event, cipher=event.context.extras["cipher"], now=clock.now())
