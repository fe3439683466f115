"""Reading a partner's log by cursor: the pull feed (PAR-02)."""

import asyncio
import time

from nmo_kit.db import Database
from nmo_kit.errors import FieldError, FieldProblem
from nmo_kit.paging import decode_cursor, encode_cursor
from nmo_notifications.partners.queries import consented, log_after, partner
from nmo_notifications.partners.schemas import Feed, event_body

LOOK_AGAIN_S = 0.5


def feed_cursor(seq: int) -> str:
    """A place in the log as opaque text."""
    return encode_cursor({"seq": seq})


def place_of(cursor: str | None) -> int:
    """The place that a cursor means; the start of the log without one.

    Raises:
        FieldProblem: the text is no cursor of ours.
    """
    if cursor is None:
        return 0
    value = decode_cursor(cursor).get("seq")
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        message = "Неизвестный курсор. Начните чтение без after"
        raise FieldProblem([FieldError(pointer="/after", code="cursor", message=message)])
    return value


async def read_feed(database: Database, client_id: str, after: int, *, limit: int, wait_s: float) -> Feed:
    """Events after a place, waiting for the first one up to `wait_s` seconds; no connection is held meanwhile.

    Events about people who took their consent back are passed over, and so are emptied ones.
    """
    deadline = time.monotonic() + wait_s
    place = after
    while True:
        async with database.read() as session:
            known = await partner(session, client_id)
            rows = []
            if known is not None and known.last_seq > place:
                rows = await log_after(session, client_id, place, limit=limit)
            allowed = await consented(session, [row.person_id for row in rows if row.person_id])
        events = [
            event_body(row)
            for row in rows
            if row.body is not None and (row.person_id is None or row.person_id in allowed)
        ]
        place = rows[-1].seq if rows else place
        left = deadline - time.monotonic()
        if events or (not rows and left <= 0):
            return Feed(events=events, next=feed_cursor(place))
        if not rows:
            await asyncio.sleep(min(LOOK_AGAIN_S, left))
