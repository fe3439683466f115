"""Own rows of several services as one list: each is asked for the next page, the newest rows of all make ours.

The services do not know each other. One that is down leaves a notice and its rows out, the others stay.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request

from nmo_gateway.pages.blocks import load
from nmo_kit.own_journal import cursor_after

Json = dict[str, Any]
SOURCES: Final = {
    "identity": "/api/v1/me/journal",
    "applications": "/api/v1/applications/journal",
    "cycles": "/api/v1/cycles/journal",
    "registry": "/api/v1/register/journal",
    "catalog": "/api/v1/catalog/journal",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of the joined list."""

    items: list[Json]
    next_cursor: str | None
    notices: list[str]


async def joined(request: Request, params: Json, limit: int, sources: Mapping[str, str] = SOURCES) -> Rows:
    """The next `limit` rows of all `sources` (service → path), newest first.

    Raises:
        ServiceProblem: a filter that a service refuses.
    """
    asked = {**params, "limit": limit}
    pages = await asyncio.gather(*(load(request, service, path, asked) for service, path in sources.items()))
    items = sorted(
        (item for page in pages for item in page.items),
        key=lambda item: (datetime.fromisoformat(item["at"]), UUID(item["id"])),
        reverse=True,
    )
    more = len(items) > limit or any((page.data or {}).get("next_cursor") for page in pages)
    last = items[:limit][-1] if items else None
    cursor = cursor_after(datetime.fromisoformat(last["at"]), UUID(last["id"])) if last and more else None
    return Rows(items[:limit], cursor, [page.notice for page in pages if page.notice])
