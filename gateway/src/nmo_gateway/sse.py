"""Reading of server-sent events from a service."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from nmo_gateway.upstream_http import BrokenAnswerError

MAX_LINE = 256 * 1024


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: name (``message`` when unnamed), text of its data lines, last id seen (may be empty)."""

    event: str
    data: str
    id: str


async def read_events(pieces: AsyncIterator[bytes]) -> AsyncIterator[ServerEvent]:
    """Parse a text/event-stream body; comments are dropped, an unfinished event at the end too (as the standard says)."""
    data: list[str] = []
    event = last_id = ""
    async for raw in _lines(pieces):
        line = raw.decode("utf-8", "replace").rstrip("\r")
        if not line:
            if data:
                yield ServerEvent(event or "message", "\n".join(data), last_id)
            event, data = "", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            event = value
        elif name == "data":
            data.append(value)
        elif name == "id" and "\0" not in value:
            last_id = value


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Lines without their ends; what follows the last end is dropped."""
    rest = b""
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line
        if len(rest) > MAX_LINE:
            raise BrokenAnswerError("a line of an event is too long")
