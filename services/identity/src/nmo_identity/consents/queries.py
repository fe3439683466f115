"""Every SELECT on consents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlmodel import col

from nmo_identity.consents.rules import PURPOSE, in_force
from nmo_identity.consents.tables import ConsentEvent, ConsentRecord, ConsentText
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.errors import NotFound

_OVERDUE = text(
    """
    select e.id as event_id, e.purpose, e.at, s.service
    from consent_event e cross join unnest(cast(:services as text[])) as s (service)
    where e.kind = 'withdrawn' and e.at < :before and e.at > :since
      and not exists (select 1 from consent_acknowledgement a where a.event_id = e.id and a.service = s.service)
    order by e.at, s.service
    """
)


async def current_text(session: ReadSession, purpose: str = PURPOSE) -> ConsentText:
    """The text in force: the newest published one.

    Raises:
        NotFound: no text was ever published for the purpose.
    """
    found = await session.execute(
        select(ConsentText)
        .where(col(ConsentText.purpose) == purpose)
        .order_by(col(ConsentText.published_at).desc(), col(ConsentText.version).desc())
        .limit(1)
    )
    row = found.scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def text_of(session: ReadSession, purpose: str, version: str) -> ConsentText:
    """A version of a text, as it was answered."""
    found = await session.get(ConsentText, (purpose, version))
    if found is None:
        raise NotFound
    return found


async def answers_of(session: ReadSession, person_id: UUID) -> Sequence[ConsentEvent]:
    """All answers of a person to all purposes, newest first."""
    found = await session.execute(
        select(ConsentEvent)
        .where(col(ConsentEvent.person_id) == person_id)
        .order_by(col(ConsentEvent.at).desc(), col(ConsentEvent.id).desc())
    )
    return found.scalars().all()


async def last_answers(session: ReadSession, person_id: UUID) -> Mapping[str, ConsentEvent]:
    """The newest answer to each purpose that was ever answered; it is the one that counts."""
    found = await session.execute(
        select(ConsentEvent)
        .where(col(ConsentEvent.person_id) == person_id)
        .distinct(col(ConsentEvent.purpose))
        .order_by(col(ConsentEvent.purpose), col(ConsentEvent.at).desc(), col(ConsentEvent.id).desc())
    )
    return {row.purpose: row for row in found.scalars()}


async def last_answer(session: ReadSession, person_id: UUID, purpose: str = PURPOSE) -> ConsentEvent | None:
    """The newest answer to one purpose."""
    return (await last_answers(session, person_id)).get(purpose)


async def is_granted(session: ReadSession, person_id: UUID, purpose: str = PURPOSE) -> bool:
    """True when the consent is in force, and the main one with it."""
    answers = await last_answers(session, person_id)
    return purpose in in_force({name: row.kind for name, row in answers.items()})


async def records_of(session: ReadSession, person_id: UUID) -> Sequence[ConsentRecord]:
    """The person's consent records, newest first."""
    found = await session.execute(
        select(ConsentRecord)
        .where(col(ConsentRecord.person_id) == person_id)
        .order_by(col(ConsentRecord.given_at).desc(), col(ConsentRecord.id).desc())
    )
    return found.scalars().all()


async def own_record(session: ReadSession, record_id: UUID, *, person_id: UUID) -> ConsentRecord:
    """A record of the person.

    Raises:
        NotFound: there is none, or it is another person's.
    """
    row = await session.get(ConsentRecord, record_id)
    if row is None or row.person_id != person_id:
        raise NotFound
    return row


async def given_record(session: WriteSession, person_id: UUID, purpose: str) -> ConsentRecord | None:
    """The record in force, locked."""
    found = await session.execute(
        select(ConsentRecord)
        .where(
            col(ConsentRecord.person_id) == person_id,
            col(ConsentRecord.purpose) == purpose,
            col(ConsentRecord.state) == "given",
        )
        .with_for_update()
    )
    return found.scalar_one_or_none()


async def event_answered(
    session: ReadSession, person_id: UUID, purpose: str, at: datetime
) -> ConsentEvent | None:
    """The answer that a service speaks of."""
    found = await session.execute(
        select(ConsentEvent).where(
            col(ConsentEvent.person_id) == person_id,
            col(ConsentEvent.purpose) == purpose,
            col(ConsentEvent.at) == at,
            col(ConsentEvent.kind) != "refused",
        )
    )
    return found.scalars().first()


async def unheeded_withdrawals(
    session: ReadSession, services: Sequence[str], *, before: datetime, since: datetime
) -> Sequence[RowMapping]:
    """Withdrawals older than `before` that a service has not acknowledged, with the service; not older than `since`."""
    found = await session.execute(_OVERDUE, {"services": list(services), "before": before, "since": since})
    return found.mappings().all()


async def withdrawn_among(session: ReadSession, people: Sequence[UUID], purpose: str) -> set[UUID]:
    """Those of the people whose newest answer to the purpose is a withdrawal."""
    if not people:
        return set()
    newest = (
        select(ConsentEvent)
        .where(col(ConsentEvent.person_id).in_(people), col(ConsentEvent.purpose) == purpose)
        .distinct(col(ConsentEvent.person_id))
        .order_by(col(ConsentEvent.person_id), col(ConsentEvent.at).desc(), col(ConsentEvent.id).desc())
    )
    found = await session.execute(newest)
    return {row.person_id for row in found.scalars() if row.kind == "withdrawn"}
