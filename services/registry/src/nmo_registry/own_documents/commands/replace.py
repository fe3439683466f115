"""The register shows a document that was added by hand: its own one takes the place (FRM-05)."""

from __future__ import annotations

from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox
from nmo_registry.own_documents import events, queries
from nmo_registry.own_documents.commands.move import SYSTEM, move
from nmo_registry.own_documents.rules import Action

WORKER = "worker.documents"


async def replace_by_register(session: WriteSession, *, limit: int = 100) -> int:
    """Replace some documents; returns how many. Tells `registry.document.replaced` of each.

    It looks again and again rather than once at the moment of a change: whatever order the sync, the match of the
    person and the sending come in, none is missed.
    """
    now = await queries.moment(session)
    found = await queries.replacements(session, limit=limit)
    for pair in found:
        pair.own.replaced_by = pair.found.id
        await move(session, pair.own, Action.REPLACE, by=WORKER, role=SYSTEM, now=now)
        await outbox.add(session, events.replaced(pair.own, pair.found, now), version=pair.own.version)
    return len(found)
