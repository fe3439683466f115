"""Bytes that no document has: left by requests that died between the store and the commit, and never came again."""

from __future__ import annotations

import structlog

from nmo_applications.documents.queries import known_keys
from nmo_applications.documents.store import ObjectStore
from nmo_kit.db import Database

logger = structlog.get_logger(__name__)
BATCH = 500
ABANDONED_S = 3600.0
"""No request lives so long, so what is older and has no row will never get one."""


async def sweep_files(db: Database, files: ObjectStore, *, older_than_s: float = ABANDONED_S) -> int:
    """Delete them: they hold a person's data that nobody answers for. Returns how many there were."""
    old = await files.untouched(older_than_s)
    swept = 0
    for start in range(0, len(old), BATCH):
        batch = old[start : start + BATCH]
        async with db.read() as session:
            kept = await known_keys(session, batch)
        for key in batch:
            if key not in kept:
                await files.delete(key)
                swept += 1
    if swept:
        logger.warning("abandoned_files_deleted", count=swept)
    return swept
