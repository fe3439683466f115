"""Routes of the inbox and its live stream."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import Database, ReadDep, WriteDep
from nmo_kit.errors import FieldError, FieldProblem, problems
from nmo_kit.json import dumps
from nmo_kit.paging import decode_cursor, encode_cursor
from nmo_notifications.deps import DatabaseDep, HubDep
from nmo_notifications.inbox import queries, schemas
from nmo_notifications.inbox.commands import mark_read
from nmo_notifications.inbox.stream import Hub

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"])
RECOUNT_S = 15.0
CAUGHT_UP = 50


@router.get("", responses=problems())
@action("notifications.message.list")
async def list_messages(
    session: ReadDep,
    viewer: CurrentPrincipal,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> schemas.InboxPage:
    """Own messages, newest first."""
    found = await queries.messages_of(session, viewer=viewer, before=_before(cursor), limit=limit + 1)
    page = found[:limit]
    return schemas.InboxPage(
        items=[schemas.message_view(row) for row in page],
        next_cursor=encode_cursor({"before": str(page[-1].id)}) if len(found) > limit else None,
        unread=await queries.unread_count(session, viewer.person_id),
    )


@router.post("/read", responses=problems())
@action("notifications.message.read")
async def read_messages(
    body: schemas.ReadRequest, session: WriteDep, viewer: CurrentPrincipal, hub: HubDep
) -> schemas.Unread:
    """Mark messages read: some by id, or all."""
    ids = None if body.everything else body.message_ids
    await mark_read(session, viewer=viewer, ids=ids, now=clock.now())
    await session.flush()
    unread = await queries.unread_count(session, viewer.person_id)
    hub.tell_unread(viewer.person_id, unread)
    return schemas.Unread(unread=unread)


@router.get(
    "/stream",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **problems()},
)
@action("notifications.stream.read")
async def stream(
    viewer: CurrentPrincipal,
    hub: HubDep,
    database: DatabaseDep,
    request: Request,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> EventSourceResponse:
    """Live messages: `event: message` with the message, `event: unread` with the count; Last-Event-ID is honoured."""
    hub.end_with(getattr(request.app.state, "stopping", None))
    events = _events(hub, database, viewer.person_id, _uuid(last_event_id))
    return EventSourceResponse(events, ping=20, headers={"X-Accel-Buffering": "no"})


async def _events(
    hub: Hub, database: Database, person_id: UUID, after: UUID | None
) -> AsyncIterator[ServerSentEvent]:
    async with hub.subscribed(person_id) as subscriber:
        async with database.read() as session:
            missed = []
            if after is not None:
                missed = await queries.messages_after(session, person_id, after, limit=CAUGHT_UP)
            unread = await queries.unread_count(session, person_id)
        sent = {row.id for row in missed}
        for row in missed:
            yield _message(schemas.message_view(row))
        yield _unread(unread)
        while True:
            try:
                item = await asyncio.wait_for(subscriber.queue.get(), RECOUNT_S)
            except TimeoutError:
                # Another process may have marked messages read meanwhile.
                async with database.read() as session:
                    fresh = await queries.unread_count(session, person_id)
                if fresh != unread:
                    unread = fresh
                    yield _unread(unread)
                continue
            if item is None:
                return
            if isinstance(item, int):
                unread = item
                yield _unread(item)
            elif item.message_id not in sent:
                yield _message(item)


def _message(view: schemas.MessageView) -> ServerSentEvent:
    return ServerSentEvent(event="message", id=str(view.message_id), data=view.model_dump_json())


def _unread(count: int) -> ServerSentEvent:
    return ServerSentEvent(event="unread", data=dumps({"unread": count}).decode())


def _uuid(text: str | None) -> UUID | None:
    """A client's Last-Event-ID; whatever is no id of ours counts as none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _before(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    found = _uuid(str(decode_cursor(cursor).get("before")))
    if found is None:
        message = "Ссылка на страницу списка устарела. Откройте список заново"
        raise FieldProblem([FieldError(pointer="/cursor", code="cursor", message=message)])
    return found
