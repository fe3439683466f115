"""Names of organisations by id: the catalogue's first, then the register's; what neither knows, or cannot tell, has none."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from time import monotonic

from starlette.requests import Request

from nmo_gateway.pages.blocks import services_of
from nmo_gateway.service_errors import ServiceDown, ServiceError, ServiceProblem

KEPT_S = 600.0
MOST_KEPT = 5_000
AT_ONCE = 100
UNKNOWN = "Организация вне каталога"
_kept: OrderedDict[str, tuple[str, float]] = OrderedDict()


async def names_of(request: Request, ids: Iterable[str | None]) -> dict[str, str]:
    """Short name by id; everybody may read it, so it is kept for ten minutes.

    The register is asked once for all that the catalogue did not name.
    """
    wanted = sorted({organization_id for organization_id in ids if organization_id})
    now = monotonic()
    asked = [one for one in wanted if _kept.get(one, ("", 0.0))[1] <= now]
    names = {one: _kept[one][0] for one in wanted if one not in asked}
    told = await asyncio.gather(*(_in_catalogue(request, one) for one in asked))
    registered = await _in_register(request, [one for one, name in zip(asked, told, strict=True) if not name])
    for one, name in zip(asked, told, strict=True):
        names[one] = _settle(one, (name, registered.get(one)))
    return names


async def _in_catalogue(request: Request, organization_id: str) -> str | None:
    """The catalogue's name, empty for one that it does not know; None while it is down."""
    try:
        card = await services_of(request).get("catalog", f"/api/v1/catalog/organizations/{organization_id}")
    except ServiceProblem:
        return ""
    except ServiceDown:
        return None
    return str(card.get("short_name") or card.get("name") or "")


async def _in_register(request: Request, ids: Sequence[str]) -> dict[str, str]:
    """The register's names, empty for those that it does not know; of what it cannot tell nothing."""
    names: dict[str, str] = {}
    for start in range(0, len(ids), AT_ONCE):
        batch = ids[start : start + AT_ONCE]
        try:
            answer = await services_of(request).get(
                "registry", "/api/v1/register/organizations", params={"id": batch}
            )
        except ServiceError:
            return names
        known = {item["organization_id"]: str(item["short_name"]) for item in answer["items"]}
        names |= {one: known.get(one, "") for one in batch}
    return names


def _settle(organization_id: str, answers: Sequence[str | None]) -> str:
    """The first name told, kept for a while, as is that nobody knows one; who could not tell is asked again."""
    name = next((answer for answer in answers if answer), None)
    if name is None and None in answers:
        return _kept.get(organization_id, (UNKNOWN, 0.0))[0]
    _kept[organization_id] = name or UNKNOWN, monotonic() + KEPT_S
    if len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return name or UNKNOWN
