"""Confirmation of a cycle by an organisation."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nmo_cycles.cycles import events
from nmo_cycles.cycles.tables import Cycle
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope, outbox


async def confirm_cycle(
    session: WriteSession,
    cycle: Cycle,
    *,
    organization_id: UUID,
    confirmed_at: datetime,
    causation: Envelope | None = None,
) -> bool:
    """«Не подтвержден» becomes «Подтвержден», once, by the organisation of the first confirmed application (CYC-05).

    Tells `cycles.cycle.confirmed` and writes the journal. Returns False if it was confirmed before.
    The caller holds the row's lock.
    """
    if cycle.confirmed_at is not None:
        return False
    cycle.confirmed_at = confirmed_at
    cycle.confirmed_by_organization_id = organization_id
    event = events.confirmed(cycle, organization_id=organization_id, confirmed_at=confirmed_at)
    await outbox.add(session, event, version=cycle.next_version(), causation=causation)
    await journal.record(
        session,
        actor=f"organization/{organization_id}",
        action="cycles.cycle.confirm",
        object_=f"cycle/{cycle.id}",
        person_id=cycle.person_id,
    )
    return True
