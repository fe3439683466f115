"""Writing a message and marking messages read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from nmo_contracts.purposes import SMS
from nmo_kit.consents import is_granted
from nmo_kit.db import WriteSession
from nmo_kit.ids import uuid7
from nmo_kit.principal import Principal
from nmo_notifications.delivery.tables import DeliveryJob
from nmo_notifications.inbox.queries import unread_of
from nmo_notifications.inbox.tables import Message
from nmo_notifications.templates import catalogue

MAIL, TEXT = "mail", "sms"


async def notify(
    session: WriteSession,
    *,
    person_id: UUID,
    event_id: UUID,
    kind: str,
    params: Mapping[str, Any],
    now: datetime,
) -> UUID | None:
    """Write a message and its mail job, and one of a text message if the person agreed to those; once per event, kind and person, however often it is told.

    Returns the message's id, None if it was written before.
    """
    version = catalogue.newest_version(kind)
    words = catalogue.render(kind, version, params)
    inserted = await session.execute(
        insert(Message)
        .values(
            id=uuid7(),
            person_id=person_id,
            event_id=event_id,
            kind=kind,
            template_version=version,
            params=dict(params),
            title=words.title,
            body=words.body,
            link=words.link,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["event_id", "kind", "person_id"])
        .returning(col(Message.id))
    )
    message_id: UUID | None = inserted.scalar_one_or_none()
    if message_id is not None:
        channels = [MAIL, TEXT] if await is_granted(session, person_id, SMS) else [MAIL]
        for channel in channels:
            session.add(
                DeliveryJob(message_id=message_id, channel=channel, next_attempt_at=now, created_at=now)
            )
    return message_id


async def mark_read(
    session: WriteSession, *, viewer: Principal, ids: list[UUID] | None, now: datetime
) -> int:
    """Mark the viewer's messages read, all or those given; how many were unread before."""
    rows = await unread_of(session, viewer=viewer, ids=ids)
    for row in rows:
        row.read_at = now
    return len(rows)
