"""Where the reader may work, for the header of every page and the page of the choice."""

from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

from starlette.requests import Request

from nmo_gateway.browser_session.model import Session
from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.organisations import names_of
from nmo_gateway.service_errors import ServiceError, SessionEnded

KEPT_S = 30.0
MOST_KEPT = 20_000
OWN_CABINET = "specialist"
HOMES = {
    "specialist": "/cabinet",
    "org_staff": "/edu/applications",
    "org_admin": "/edu/applications",
    "head": "/organisation/people",
    "admin": "/admin/users",
    "support": "/support/queue",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One work place."""

    role: str
    title: str
    organization_id: str
    where: str
    current: bool

    @property
    def words(self) -> str:
        """«Сотрудник организации, Северный университет»."""
        return f"{self.title}, {self.where}" if self.where else self.title

    @property
    def home(self) -> str:
        """The page that work begins with."""
        return HOMES.get(self.role, "/workplace")


_kept: OrderedDict[tuple[str, UUID], tuple[list[Place], float]] = OrderedDict()


def _key(session: Session) -> tuple[str, UUID]:
    return session.token_key, session.person_id


def forget(session: Session) -> None:
    """Ask anew at the next page."""
    _kept.pop(_key(session), None)


async def places_of(request: Request, session: Session) -> list[Place]:
    """All work places of the reader; they are asked for at most twice a minute, by most pages not at all."""
    known, until = _kept.get(_key(session), ([], 0.0))
    if until > monotonic():
        return known
    answer = await services_of(request).get("identity", "/api/v1/me/workplaces")
    items = (answer or {}).get("items", [])
    names = await names_of(request, (item["organization_id"] for item in items))
    places = [
        Place(
            role=item["role"],
            title="Личный кабинет специалиста" if item["role"] == OWN_CABINET else item["title"],
            organization_id=item["organization_id"] or "",
            where=names.get(item["organization_id"] or "", ""),
            current=item["current"],
        )
        for item in items
    ]
    _kept[_key(session)] = places, monotonic() + KEPT_S
    if len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return places


async def switch_of(request: Request, session: Session | None) -> list[Place]:
    """The work places when there are several to choose from; none otherwise, and none while identity is down."""
    if session is None or session.entry != "full":
        return []
    try:
        places = await places_of(request, session)
    except (ServiceError, SessionEnded):
        return []
    return places if len(places) > 1 else []
