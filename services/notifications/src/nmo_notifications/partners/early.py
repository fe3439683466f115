"""Facts that overtook the agreement they need (PAR-05).

A person agrees and acts at once; the two events come by queues of different services, in any order. A fact that finds no
agreement waits here, unseen by anybody, until the agreement comes or its time is over.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope
from nmo_kit.messaging.envelope import parse

KEPT_S = 600
"""Longer than any event of ours is on its way while its parts are up."""
FORGET_EARLY = f"delete from early_fact where at < app_now() - interval '{KEPT_S} seconds'"  # noqa: S608 a constant

_LOCK = text("select pg_advisory_xact_lock(hashtextextended('early/' || :person_id, 0))")
_KEEP = text(
    "insert into early_fact (event_id, person_id, body, at) values (:event_id, :person_id, :body, :at)"
    " on conflict do nothing"
)
_TAKE = text("delete from early_fact where person_id = :person_id returning place, body")
_DROP = text("delete from early_fact where person_id = :person_id")


async def lock(session: WriteSession, person_id: UUID) -> None:
    """Keep a fact and its agreement from passing each other unseen; until the transaction ends."""
    await session.execute(_LOCK, {"person_id": str(person_id)})


async def keep(session: WriteSession, envelope: Envelope, person_id: UUID, *, now: datetime) -> None:
    """Let a fact wait for the agreement."""
    values = {"event_id": envelope.id, "person_id": person_id, "body": envelope.to_bytes(), "at": now}
    await session.execute(_KEEP, values)


async def take(session: WriteSession, person_id: UUID, *, agreed_at: datetime) -> list[Envelope]:
    """What waited for the agreement, in its order; what happened before it is dropped with the rest."""
    rows = sorted((await session.execute(_TAKE, {"person_id": person_id})).all())
    waited = [parse(row.body) for row in rows]
    return [envelope for envelope in waited if envelope.time >= agreed_at]


async def drop(session: WriteSession, person_id: UUID) -> None:
    """Nothing waits for a person's agreement any more."""
    await session.execute(_DROP, {"person_id": person_id})
