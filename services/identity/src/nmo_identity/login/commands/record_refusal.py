"""A sign-in that ended in a refusal, in the journal."""

from __future__ import annotations

import structlog
from prometheus_client import Counter

from nmo_kit import journal
from nmo_kit.db import Database

logger = structlog.get_logger(__name__)
REFUSALS = Counter(
    "provider_refusals_total", "Sign-ins refused, by provider and reason", ["provider", "reason"]
)
WATCHED = frozenset(
    {"esia_007002", "esia_007015", "esia_007053", "access_signature", "id_signature", "signing_failed"}
)
"""Reasons that mean a certificate or a clock changed on one side only; others are counted by their code, because a
stranger can write any word into a callback."""


async def record_refusal(db: Database, provider_key: str, code: str, reason: str) -> None:
    """Say why in the journal, under the reference code the person is shown."""
    REFUSALS.labels(provider_key, reason if reason in WATCHED else code).inc()
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
