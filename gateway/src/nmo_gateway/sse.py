"""Reading of server-sent events from a service."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: name (``message`` when unnamed), text of its data lines, last id seen (may be empty)."""

    event: str
    data: str
    id: str


async def read_events(content: aiohttp.StreamReader) -> AsyncIterator[ServerEvent]:
    """Parse a text/event-stream body; comments are dropped, an unfinished event at the end too (as the standard says)."""
    data: list[str] = []
    event = last_id = ""
    async for raw in content:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
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
