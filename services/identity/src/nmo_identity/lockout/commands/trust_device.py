"""Know a browser again that signed in to an account."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from nmo_identity.lockout.tables import KnownDevice
from nmo_kit.db import WriteSession

MIN_SECRET = 43
"""Signs of 256 random bits in base64url; anything shorter was not made here."""


def device_digest(device: str | None) -> bytes | None:
    """What is kept of a browser's cookie; None without one."""
    return hashlib.sha256(device.encode()).digest() if device else None


async def trust_device(session: WriteSession, account_id: UUID, device: str | None, *, now: datetime) -> str:
    """Count the browser among the account's own from now on; the value of its cookie.

    Call it once a sign-in is complete, second step included.
    """
    known = device if device is not None and len(device) >= MIN_SECRET else secrets.token_urlsafe(32)
    digest = hashlib.sha256(known.encode()).digest()
    await session.execute(
        insert(KnownDevice)
        .values(account_id=account_id, device_hash=digest, created_at=now, last_seen_at=now)
        .on_conflict_do_update(index_elements=["account_id", "device_hash"], set_={"last_seen_at": now})
    )
    return known
