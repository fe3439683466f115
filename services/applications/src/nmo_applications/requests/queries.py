"""Every read of requests; a person sees their own, employees what the queue and the taking allow."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_
from sqlmodel import col, select

from nmo_applications.requests.rules import Kind, Status
from nmo_applications.requests.tables import (
    SupportChange,
    SupportDeadline,
    SupportMessage,
    SupportMove,
    SupportRequest,
)
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.errors import NotFound
from nmo_kit.principal import Principal


async def own_request(
    session: ReadSession, request_id: UUID, *, viewer: Principal, lock: bool = False
) -> SupportRequest:
    """The viewer's own request.

    Raises:
        NotFound: there is none, or it is another person's.
    """
    query = select(SupportRequest).where(
        col(SupportRequest.id) == request_id, col(SupportRequest.person_id) == viewer.person_id
    )
    return await _one(session, query.with_for_update() if lock else query)


async def guest_request(session: ReadSession, key_hash: bytes, *, lock: bool = False) -> SupportRequest:
    """The request whose key somebody holds.

    Raises:
        NotFound: no request has this key.
    """
    query = select(SupportRequest).where(col(SupportRequest.guest_key_hash) == key_hash)
    return await _one(session, query.with_for_update() if lock else query)


async def any_request(session: WriteSession, request_id: UUID) -> SupportRequest:
    """A request for an employee's or a background part's action, locked.

    Raises:
        NotFound: there is none.
    """
    query = select(SupportRequest).where(col(SupportRequest.id) == request_id).with_for_update()
    return await _one(session, query)


async def _one(session: ReadSession, query: Select[tuple[SupportRequest]]) -> SupportRequest:
    found: SupportRequest | None = (await session.execute(query)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


async def own_requests(
    session: ReadSession, *, viewer: Principal, before: UUID | None, limit: int
) -> Sequence[SupportRequest]:
    """The viewer's requests, newest first."""
    query = select(SupportRequest).where(col(SupportRequest.person_id) == viewer.person_id)
    if before is not None:
        query = query.where(col(SupportRequest.id) < before)
    found = await session.execute(query.order_by(col(SupportRequest.id).desc()).limit(limit))
    return found.scalars().all()


async def open_of_kind(session: ReadSession, person_id: UUID, kind: Kind) -> SupportRequest | None:
    """The person's open request of a kind, the newest if there are several."""
    found = await session.execute(
        select(SupportRequest)
        .where(
            col(SupportRequest.person_id) == person_id,
            col(SupportRequest.kind) == kind,
            col(SupportRequest.closed_at).is_(None),
        )
        .order_by(col(SupportRequest.id).desc())
        .limit(1)
    )
    return found.scalar_one_or_none()


async def open_count(session: ReadSession, person_id: UUID) -> int:
    """How many requests of the person are open."""
    query = (
        select(func.count())
        .select_from(SupportRequest)
        .where(col(SupportRequest.person_id) == person_id, col(SupportRequest.closed_at).is_(None))
    )
    return int((await session.execute(query)).scalar_one())


def _part(part: str, viewer: Principal) -> ColumnElement[bool]:
    """What belongs to a part of the queue: free requests, the viewer's, those that wait for a second employee."""
    mine = col(SupportRequest.taken_by) == viewer.person_id
    if part == "mine":
        return and_(mine, col(SupportRequest.closed_at).is_(None))
    if part == "approval":
        return and_(col(SupportRequest.status) == Status.PROPOSED, ~mine)
    if part == "closed":
        return and_(mine, col(SupportRequest.closed_at).is_not(None))
    return col(SupportRequest.status) == Status.NEW


async def queue(
    session: ReadSession, *, viewer: Principal, part: str, after: UUID | None, limit: int
) -> Sequence[SupportRequest]:
    """A part of the queue, the earliest deadline first; nobody sees requests of their own there."""
    query = select(SupportRequest).where(
        _part(part, viewer),
        or_(col(SupportRequest.person_id).is_(None), col(SupportRequest.person_id) != viewer.person_id),
    )
    if after is not None:
        last = await session.get(SupportRequest, after)
        if last is not None:
            query = query.where(
                or_(
                    col(SupportRequest.due_at) > last.due_at,
                    and_(col(SupportRequest.due_at) == last.due_at, col(SupportRequest.id) > last.id),
                )
            )
    found = await session.execute(
        query.order_by(col(SupportRequest.due_at), col(SupportRequest.id)).limit(limit)
    )
    return found.scalars().all()


async def queue_counts(session: ReadSession, *, viewer: Principal) -> dict[str, int]:
    """How many requests each part of the queue holds for the viewer."""
    not_own = or_(col(SupportRequest.person_id).is_(None), col(SupportRequest.person_id) != viewer.person_id)
    counts = {}
    for part in ("new", "mine", "approval"):
        query = select(func.count()).select_from(SupportRequest).where(_part(part, viewer), not_own)
        counts[part] = int((await session.execute(query)).scalar_one())
    return counts


async def messages(session: ReadSession, request_id: UUID) -> Sequence[SupportMessage]:
    """The thread in order; the caller has checked that the viewer may read it."""
    found = await session.execute(
        select(SupportMessage)
        .where(col(SupportMessage.request_id) == request_id)
        .order_by(col(SupportMessage.id))
    )
    return found.scalars().all()


async def moves(session: ReadSession, request_id: UUID) -> Sequence[SupportMove]:
    """The history in order; the caller has checked that the viewer may read it."""
    found = await session.execute(
        select(SupportMove).where(col(SupportMove.request_id) == request_id).order_by(col(SupportMove.id))
    )
    return found.scalars().all()


async def change_of(session: ReadSession, request_id: UUID) -> SupportChange | None:
    """The change a request asks for, if it asks for one."""
    return await session.get(SupportChange, request_id)


async def deadlines(session: ReadSession) -> dict[str, int]:
    """Hours by stage."""
    found = await session.execute(select(SupportDeadline))
    return {row.stage: row.hours for row in found.scalars()}
