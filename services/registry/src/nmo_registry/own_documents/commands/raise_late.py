"""Terms that passed: support is told, the owner too, and the document is free for anybody again (FRM-06)."""

from __future__ import annotations

from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox
from nmo_registry.own_documents import events, queries
from nmo_registry.own_documents.commands.move import SYSTEM, move
from nmo_registry.own_documents.commands.replace import WORKER
from nmo_registry.own_documents.rules import HIGHEST_LEVEL, Action


async def raise_late(session: WriteSession, *, limit: int = 100) -> int:
    """Raise some late documents to the next line, each once a term; returns how many.

    The term stays where it was: what is late stands first in the queue. Tells `registry.document.moved`.
    """
    now = await queries.moment(session)
    found = await queries.newly_late(session, now=now, limit=limit)
    for row in found:
        row.late_at = now
        row.level = min(HIGHEST_LEVEL, row.level + 1)
        await move(session, row, Action.LATE, by=WORKER, role=SYSTEM, now=now)
        await outbox.add(session, events.moved(row, "late", now), version=row.version)
    return len(found)
