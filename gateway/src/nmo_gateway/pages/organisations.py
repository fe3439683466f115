"""Names of organisations by id, from the catalogue; one that it does not know, or while it is down, has none."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from time import monotonic

from starlette.requests import Request

from nmo_gateway.pages.blocks import services_of
from nmo_gateway.service_errors import ServiceDown, ServiceProblem

KEPT_S = 600.0
MOST_KEPT = 5_000
UNKNOWN = "Организация вне каталога"
_kept: OrderedDict[str, tuple[str, float]] = OrderedDict()


async def names_of(request: Request, ids: Iterable[str | None]) -> dict[str, str]:
    """Short name by id; everybody may read it, so it is kept for ten minutes."""
    wanted = sorted({organization_id for organization_id in ids if organization_id})
    found = await asyncio.gather(*(_name(request, organization_id) for organization_id in wanted))
    return dict(zip(wanted, found, strict=True))


async def _name(request: Request, organization_id: str) -> str:
    name, until = _kept.get(organization_id, ("", 0.0))
    if until > monotonic():
        return name
    try:
        card = await services_of(request).get("catalog", f"/api/v1/catalog/organizations/{organization_id}")
    except ServiceProblem:
        card = {}
    except ServiceDown:
        return name or UNKNOWN
    name = str(card.get("short_name") or card.get("name") or UNKNOWN)
    _kept[organization_id] = name, monotonic() + KEPT_S
    if len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return name
