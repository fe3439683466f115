"""Keeping what other services say of their journals: the copy that shows a tail cut off."""

from __future__ import annotations

import structlog
from sqlalchemy import text

from nmo_contracts.journal import BY_SERVICE, JournalSealed
from nmo_kit.db import WriteSession
from nmo_kit.messaging.consumer import Handler, Received, consumes

logger = structlog.get_logger(__name__)
_KEEP = text(
    "insert into journal_witness (service, number, token) values (:service, :number, :token)"
    " on conflict do nothing returning number"
)
_KEPT = text("select token from journal_witness where service = :service and number = :number")


def witness(own: str) -> Handler[JournalSealed]:
    """Handler of the service `own` that keeps the checkpoints of all others."""
    return consumes(*(model for service, model in BY_SERVICE.items() if service != own))(_keep)


async def _keep(session: WriteSession, event: Received[JournalSealed]) -> None:
    """Keep the first checkpoint of each number; another one under the same number is an alarm and changes nothing."""
    row = {"service": event.data.service, "number": event.data.number, "token": event.data.checkpoint}
    if (await session.execute(_KEEP, row)).scalar_one_or_none() is None:
        kept = (await session.execute(_KEPT, row)).scalar_one()
        if kept != event.data.checkpoint:
            logger.error(
                "journal_checkpoint_contradicted", service_name=event.data.service, number=event.data.number
            )
