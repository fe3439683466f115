"""Keep that a service heeds an answer, and raise the alarm when one does not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import Gauge

from nmo_contracts.acknowledgements import SERVICES, ConsentApplied
from nmo_identity.consents import queries
from nmo_identity.consents.tables import ConsentAcknowledgement
from nmo_kit.db import Database, WriteSession

logger = structlog.get_logger(__name__)
HEED_WITHIN: Final = timedelta(seconds=60)
"""A withdrawal is in force in every service by then (security D16)."""
LOOK_BACK: Final = timedelta(days=7)
unheeded = Gauge(
    "nmo_identity_withdrawals_unheeded",
    "Withdrawn consents that a service has not acknowledged within 60 s",
    ["service"],
)


async def acknowledge(session: WriteSession, service: str, told: ConsentApplied, *, now: datetime) -> bool:
    """Keep the word of a service; False when it speaks of an answer that identity never kept."""
    event = await queries.event_answered(session, told.person_id, told.purpose, told.answered_at)
    if event is None:
        return False
    if await session.get(ConsentAcknowledgement, (event.id, service)) is None:
        session.add(
            ConsentAcknowledgement(
                event_id=event.id, service=service, applied_at=told.applied_at, recorded_at=now
            )
        )
    return True


async def watch_withdrawals(db: Database, *, now: datetime) -> int:
    """Count the withdrawals not heeded in time, tell the metric and the log; returns how many there are."""
    async with db.read() as session:
        rows = await queries.unheeded_withdrawals(
            session, SERVICES, before=now - HEED_WITHIN, since=now - LOOK_BACK
        )
    for service in SERVICES:
        late = [row for row in rows if row["service"] == service]
        unheeded.labels(service).set(len(late))
        if late:
            # One line a service: under a long outage each withdrawal would be told of again and again.
            first = min(late, key=lambda row: row["at"])
            logger.error(
                "withdrawals_unheeded",
                service=service,
                number=len(late),
                answer=str(first["event_id"]),
                purpose=first["purpose"],
                overdue_s=round((now - first["at"]).total_seconds()),
            )
    return len(rows)
