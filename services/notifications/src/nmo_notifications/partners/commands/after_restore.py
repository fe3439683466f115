"""What follows a restore of the database from a backup."""

from datetime import datetime

from nmo_contracts.partner import RestoredV1
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope
from nmo_notifications.partners.projection import WEBHOOK, append
from nmo_notifications.partners.queries import jump_seqs, latest_entry_at, live_subscriptions

JUMP = 1_000_000
"""More places than partners' logs grow by between two backups."""


async def after_restore(session: WriteSession, *, now: datetime) -> int:
    """Let every log go on far beyond any place given before, and tell partners to ask for a replay.

    Places and cursors handed out after the backup was made stay unused for ever, so none means two events.
    Returns how many subscriptions were told.
    """
    await jump_seqs(session, JUMP)
    subscriptions = await live_subscriptions(session)
    for row in subscriptions:
        complete_until = await latest_entry_at(session, row.client_id) or row.created_at
        row.version += 1
        payload = RestoredV1(subscription_id=row.id, complete_until=complete_until)
        await append(
            session,
            row.client_id,
            Envelope.of(payload, version=row.version, time=now),
            webhooks=[row] if row.way == WEBHOOK else [],
            subscription_id=row.id,
            now=now,
        )
    return len(subscriptions)
