"""A link that ended in a refusal, in the journal."""

from __future__ import annotations

from uuid import UUID

import structlog

from nmo_kit import journal
from nmo_kit.db import Database

logger = structlog.get_logger(__name__)


async def record_refusal(
    db: Database, person_id: UUID | None, provider_key: str, code: str, reason: str
) -> None:
    """Say why in the journal of whoever began the link, under the reference code they are shown."""
    logger.warning("link_refused", provider=provider_key, code=code, reason=reason)
    async with db.write() as session:
        await journal.record(
            session,
            actor=str(person_id) if person_id else "anonymous",
            action="link.refused",
            object_=f"provider/{provider_key}",
            person_id=person_id,
            result="refused",
            reason=code if code == reason else f"{code}:{reason}",
        )
