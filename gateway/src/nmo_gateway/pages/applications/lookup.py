"""Finding an application by what stands in the address: its number, or its id in links of other services."""

import asyncio
from typing import Any
from uuid import UUID

from starlette.requests import Request

from nmo_gateway.pages.blocks import load, services_of
from nmo_gateway.pages.routing import Refused

PATH = "/api/v1/applications"
MOST_PAGES = 20


def _as_id(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None


async def application_by(request: Request, reference: str) -> dict[str, Any]:
    """Give the reader's own application; 404 page when there is none.

    The list is paged until the number is met: a person has tens of applications, not thousands.
    """
    services = services_of(request)
    if _as_id(reference):
        found: dict[str, Any] = await services.get("applications", f"{PATH}/{reference}")
        return found
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await services.get("applications", PATH, params={"limit": 100, "cursor": cursor})
        for item in page["items"]:
            if item["number"] == reference:
                return dict(item)
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    raise Refused(404)


async def names(request: Request) -> tuple[dict[str, str], dict[str, str]]:
    """Names of regions by code and of specialties by key; empty while the register is down."""
    regions, specialties = await asyncio.gather(
        load(request, "registry", "/api/v1/dictionaries/regions"),
        load(request, "registry", "/api/v1/dictionaries/specialties"),
    )
    return (
        {str(item.get("code") or item["key"]): item["name"] for item in regions.items},
        {item["key"]: item["name"] for item in specialties.items},
    )
