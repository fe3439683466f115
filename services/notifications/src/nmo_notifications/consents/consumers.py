"""Answers of people, as notifications heed them: partners hear nothing more, text messages end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text

from nmo_contracts.acknowledgements import NotificationsConsentAppliedV1, NotificationsPersonForgottenV1
from nmo_contracts.purposes import PARTNERS, SMS
from nmo_kit import clock
from nmo_kit.consents import Heeding
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Received
from nmo_notifications.partners import early
from nmo_notifications.partners.commands.withdraw_consent import forget_person
from nmo_notifications.partners.projection import project_event

_JOBS = "select j.id from delivery_job j join message m on m.id = j.message_id where m.person_id = :person_id"
_STATEMENTS = (
    ("delivery_attempt", f"delete from delivery_attempt where job_id in ({_JOBS})"),  # noqa: S608 constants of this file
    ("delivery_job", f"delete from delivery_job where id in ({_JOBS})"),  # noqa: S608 constants of this file
    ("message", "delete from message where person_id = :person_id"),
    ("partner_event", "update partner_event set person_id = null, body = null where person_id = :person_id"),
)
_END_TEXTS = text(
    """
    update delivery_job j set state = 'withdrawn', lease_until = null, finished_at = app_now()
    from message m
    where m.id = j.message_id and m.person_id = :person_id and j.channel = 'sms' and j.state = 'pending'
    """
)


async def _silence_partners(session: WriteSession, event: Received[Any], _purpose: str) -> None:
    """Logged bodies are emptied, waiting deliveries dropped (PAR-05)."""
    await forget_person(session, event.data.person_id)


async def _tell_partners(session: WriteSession, event: Received[Any], _purpose: str) -> None:
    """What the person did since they agreed may have come here first."""
    data, runtime = event.data, event.context
    await early.lock(session, data.person_id)
    for envelope in await early.take(session, data.person_id, agreed_at=data.granted_at):
        await project_event(
            session,
            envelope,
            cipher=runtime.extras["cipher"],
            public_url=runtime.settings.public_url,
            now=clock.now(),
        )


async def _end_texts(session: WriteSession, event: Received[Any], _purpose: str) -> None:
    """Text messages that wait are not sent."""
    await session.execute(_END_TEXTS, {"person_id": event.data.person_id})


async def _erase(session: WriteSession, person_id: UUID) -> dict[str, int]:
    await forget_person(session, person_id)
    counts = {}
    for table, statement in _STATEMENTS:
        done = await session.execute(text(statement), {"person_id": person_id})
        counts[table] = done.rowcount  # type: ignore[attr-defined]
    return counts


HEEDING = Heeding(
    applied=NotificationsConsentAppliedV1,
    forgotten=NotificationsPersonForgottenV1,
    erase=_erase,
    withdrawn={PARTNERS: _silence_partners, SMS: _end_texts},
    granted={PARTNERS: _tell_partners},
)
on_consent_granted, on_consent_withdrawn, on_person_erased = HEEDING.handlers()
