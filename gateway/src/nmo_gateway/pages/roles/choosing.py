"""Organisations that a role may be asked for: the catalogue's, or medical ones of the register, one's own work first."""

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from nmo_contracts.organizations import medical_organization_id
from nmo_gateway.pages.blocks import Block, load, services_of
from nmo_gateway.pages.roles import view
from nmo_gateway.service_errors import ServiceError
from nmo_kit.clock import today

Json = dict[str, Any]
MOST, LONGEST = 10, 100
CATALOGUE = ("catalog", "/api/v1/catalog/organizations", "Такой организации в каталоге нет.")
REGISTER = (
    "registry",
    "/api/v1/register/organizations/search",
    "Такой медицинской организации в реестре нет.",
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from; `notice` of a part that is down, `empty` says that nothing was found."""

    options: list[Json] = field(default_factory=list)
    notice: str | None = None
    empty: str | None = None

    def has(self, organization_id: str) -> bool:
        """Whether it is among them."""
        return any(option["value"] == organization_id for option in self.options)


async def offer(request: Request, role: str, words: str) -> Offer:
    """Where the reader may ask for this role: nowhere for a role of the portal, or while none is chosen.

    Heads and HR choose among medical organisations: those where they work now come without a word typed.
    """
    if role not in view.OF_ORGANISATIONS:
        return Offer()
    medical = role in view.MEDICAL
    service, path, empty = REGISTER if medical else CATALOGUE
    found = await load(request, service, path, {"q": words[:LONGEST], "limit": MOST}) if words else Block()
    options = {item["value"]: item for item in (await _own_work(request) if medical else [])}
    for item in found.items:
        options.setdefault(item["organization_id"], view.option(item))
    return Offer(list(options.values()), found.notice, empty if words and not options else None)


async def _own_work(request: Request) -> list[Json]:
    """Where the reader works now by the mirror; nowhere for whom it shows no card, and while it is down."""
    try:
        card = await services_of(request).get("registry", "/api/v1/register/card")
    except ServiceError:
        return []
    last_day = today().isoformat()
    return [
        view.own_work(str(medical_organization_id(job["employer_oid"])), job)
        for job in card["employments"]
        if (job["ended_on"] or last_day) >= last_day
    ]
