"""Reads of the inbox; a person sees their own."""

from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import col, select

from nmo_kit.db import ReadSession
from nmo_kit.principal import Principal
from nmo_notifications.inbox.tables import Message

# By the server's own clock, as the ids are: a shifted clock of the application does not reach them.
_RECENT = text("kit_uuid7_floor(now() - make_interval(secs => :seconds))")


async def messages_of(
    session: ReadSession, *, viewer: Principal, before: UUID | None, limit: int
) -> list[Message]:
    """The viewer's messages, newest first."""
    query = select(Message).where(col(Message.person_id) == viewer.person_id)
    if before is not None:
        query = query.where(col(Message.id) < before)
    found = await session.execute(query.order_by(col(Message.id).desc()).limit(limit))
    return list(found.scalars())


async def unread_count(session: ReadSession, person_id: UUID) -> int:
    """How many messages the person has not read."""
    query = select(func.count()).where(col(Message.person_id) == person_id, col(Message.read_at).is_(None))
    count: int = (await session.execute(query)).scalar_one()
    return count


async def unread_of(session: ReadSession, *, viewer: Principal, ids: list[UUID] | None) -> list[Message]:
    """The viewer's unread messages, all of them or those with the given ids."""
    query = select(Message).where(col(Message.person_id) == viewer.person_id, col(Message.read_at).is_(None))
    if ids is not None:
        query = query.where(col(Message.id).in_(ids))
    return list((await session.execute(query)).scalars())


async def messages_after(session: ReadSession, person_id: UUID, after: UUID, *, limit: int) -> list[Message]:
    """What came after a message that a client has seen, oldest first."""
    query = (
        select(Message)
        .where(col(Message.person_id) == person_id, col(Message.id) > after)
        .order_by(col(Message.id))
        .limit(limit)
    )
    return list((await session.execute(query)).scalars())


async def recent_messages(
    session: ReadSession, people: list[UUID], *, seconds: float, limit: int
) -> list[Message]:
    """Messages of several people made in the last seconds, oldest first: what the live stream looks for."""
    query = (
        select(Message)
        .where(col(Message.person_id).in_(people), col(Message.id) >= _RECENT.bindparams(seconds=seconds))
        .order_by(col(Message.id))
        .limit(limit)
    )
    return list((await session.execute(query)).scalars())
