"""A sign-in that ended in a refusal, in the journal."""

from __future__ import annotations

import structlog

from nmo_kit import journal
from nmo_kit.db import Database

logger = structlog.get_logger(__name__)


async def record_refusal(db: Database, provider_key: str, code: str, reason: str) -> None:
    """Say why in the journal, under the reference code the person is shown."""
    logger.warning("login_refused", provider=provider_key, code=code, reason=reason)
    async with db.write() as session:
        await journal.record(
            session,
            actor="anonymous",
            action="login.refused",
            object_=f"provider/{provider_key}",
            person_id=None,
            result="refused",
            reason=code if code == reason else f"{code}:{reason}",
        )
