"""A service's copy of people's consents, what it does on an answer, and the word it gives back to identity.

Tokens say what a person consented to when a person asks. Work without a person (events, timers, another's queue) asks
the copy. Each answer heeded, and each person forgotten, is told to identity in the transaction that heeds it
(security D16: whoever does not answer within a minute is an alarm).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from nmo_contracts.acknowledgements import ConsentApplied, PersonForgotten
from nmo_contracts.identity import ConsentGrantedV1, ConsentWithdrawnV1, PersonErasedV1
from nmo_contracts.purposes import MAIN
from nmo_kit import clock, journal
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.errors import ConsentRequired
from nmo_kit.messaging import outbox
from nmo_kit.messaging.consumer import Handler, Received, consumes

CONSENT_DDL = """
    create table identity_consent_copy (
        person_id uuid not null,
        purpose text not null,
        granted boolean not null,
        at timestamptz not null,
        applied_at timestamptz not null default app_now(),
        constraint pk_identity_consent_copy primary key (person_id, purpose)
    )
"""

_NOTE = text(
    """
    insert into identity_consent_copy as known (person_id, purpose, granted, at, applied_at)
    values (:person_id, :purpose, :granted, :at, app_now())
    on conflict (person_id, purpose) do update
        set granted = excluded.granted, at = excluded.at, applied_at = excluded.applied_at
        where known.at <= excluded.at
    returning applied_at
    """
)
_ANSWER = text(
    "select granted from identity_consent_copy where person_id = :person_id and purpose = :purpose"
)
_HELD = text(
    "select granted from identity_consent_copy where person_id = :person_id and purpose = :purpose for share"
)
_AMONG = text(
    "select person_id from identity_consent_copy"
    " where purpose = :purpose and granted = :granted and person_id = any(:people)"
).bindparams(bindparam("people", type_=ARRAY(PG_UUID(as_uuid=True))))
_FORGET = text("delete from identity_consent_copy where person_id = :person_id")

Effect = Callable[[WriteSession, Received[Any], str], Awaitable[None]]
"""What a service does when an answer came: session, event, purpose."""
Erase = Callable[[WriteSession, UUID], Awaitable[Mapping[str, int]]]
"""Destroys a person's rows in the service; how many of which table."""


async def is_granted(session: ReadSession, person_id: UUID, purpose: str) -> bool:
    """The person agreed and has not taken it back; of unknown people nothing is known, so they have not agreed."""
    return (
        await session.execute(_ANSWER, {"person_id": person_id, "purpose": purpose})
    ).scalar_one_or_none() is True


async def is_withdrawn(session: ReadSession, person_id: UUID, purpose: str) -> bool:
    """The person took the consent back, as far as this service knows."""
    return (
        await session.execute(_ANSWER, {"person_id": person_id, "purpose": purpose})
    ).scalar_one_or_none() is False


async def refuse_withdrawn(session: ReadSession, person_id: UUID, purpose: str = MAIN) -> None:
    """Stop whoever took the consent back, even with a token made before.

    Raises:
        ConsentRequired: the newest answer known here is a withdrawal.
    """
    if await is_withdrawn(session, person_id, purpose):
        raise ConsentRequired


async def holds_grant(session: WriteSession, person_id: UUID, purpose: str) -> bool:
    """As `is_granted`, and true until the transaction ends: a withdrawal waits for it."""
    return (
        await session.execute(_HELD, {"person_id": person_id, "purpose": purpose})
    ).scalar_one_or_none() is True


async def among(session: ReadSession, people: Sequence[UUID], purpose: str, *, granted: bool) -> set[UUID]:
    """Those of the people whose newest answer is the agreement, or the withdrawal."""
    if not people:
        return set()
    values = {"people": list(set(people)), "purpose": purpose, "granted": granted}
    return set((await session.execute(_AMONG, values)).scalars())


async def note(session: WriteSession, person_id: UUID, purpose: str, *, granted: bool, at: datetime) -> bool:
    """Keep the newer of two answers, in whatever order they come; true if this one is it."""
    values = {"person_id": person_id, "purpose": purpose, "granted": granted, "at": at}
    return (await session.execute(_NOTE, values)).scalar_one_or_none() is not None


@dataclass(frozen=True, slots=True)
class Heeding:
    """How a service heeds consents: its two words to identity, and what it does beyond keeping the copy."""

    applied: type[ConsentApplied]
    forgotten: type[PersonForgotten]
    erase: Erase
    withdrawn: Mapping[str, Effect] = field(default_factory=dict)
    """By purpose: what ends with a withdrawal."""
    granted: Mapping[str, Effect] = field(default_factory=dict)
    """By purpose: what begins with an agreement."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """By table: why rows about the person stay after the erasure, in Russian."""

    def handlers(self) -> list[Handler[Any]]:
        """Consumers of the answers and of the erasure; for the service's list of queues."""
        return [
            consumes(ConsentGrantedV1)(self.on_granted),
            consumes(ConsentWithdrawnV1)(self.on_withdrawn),
            consumes(PersonErasedV1)(self.on_erased),
        ]

    async def on_granted(self, session: WriteSession, event: Received[ConsentGrantedV1]) -> None:
        """Keep the agreement and tell identity."""
        await self._heed(session, event, granted=True, at=event.data.granted_at)

    async def on_withdrawn(self, session: WriteSession, event: Received[ConsentWithdrawnV1]) -> None:
        """Stop what the purpose served and tell identity; a journal row says so."""
        await self._heed(session, event, granted=False, at=event.data.withdrawn_at)

    async def on_erased(self, session: WriteSession, event: Received[PersonErasedV1]) -> None:
        """Destroy what is held of the person, journal it, tell identity what went and what stays."""
        person_id = event.data.person_id
        destroyed = {name: count for name, count in (await self.erase(session, person_id)).items() if count}
        await session.execute(_FORGET, {"person_id": person_id})
        await journal.record(
            session,
            actor="worker.erasure",
            action="person.forgotten",
            object_=f"erasure/{event.data.order_id}",
            person_id=person_id,
            fields=sorted(destroyed),
        )
        await outbox.add(
            session,
            self.forgotten(
                person_id=person_id,
                order_id=event.data.order_id,
                destroyed=destroyed,
                kept=dict(self.kept),
                forgotten_at=clock.now(),
            ),
            version=event.envelope.subjectversion,
            causation=event.envelope,
        )

    async def _heed(
        self, session: WriteSession, event: Received[Any], *, granted: bool, at: datetime
    ) -> None:
        person_id, purpose = event.data.person_id, event.data.purpose
        if await note(session, person_id, purpose, granted=granted, at=at):
            effect = (self.granted if granted else self.withdrawn).get(purpose)
            if effect is not None:
                await effect(session, event, purpose)
        if not granted:
            await journal.record(
                session,
                actor="worker.consents",
                action="consent.withdrawal_applied",
                object_=f"consent/{purpose}",
                person_id=person_id,
                purpose=purpose,
            )
        await outbox.add(
            session,
            self.applied(
                person_id=person_id, purpose=purpose, granted=granted, answered_at=at, applied_at=clock.now()
            ),
            version=event.envelope.subjectversion,
            causation=event.envelope,
        )
