"""The steps of a specialist's way by the API, each to be repeated from its beginning without harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlencode

from nmo_kit import clock
from nmo_local.demo.browser import eventually
from tests.conftest import Portal
from tests.e2e.people import Person
from tests.e2e.visitor import Visitor

ZET = Decimal(72)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long an answer that events bring is waited for, and how seldom it is asked for at the end."""

    wait_s: float = 60.0
    longest_pause_s: float = 0.5


pace: ContextVar[Pace] = ContextVar("pace", default=Pace())  # noqa: B039 a frozen value
"""A crowd waits longer and asks more seldom than one person."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An element in the plan with the application that came of it."""

    cycle_id: str
    plan_item_id: str
    element: dict[str, Any]
    application_id: str
    number: str


async def wait(ask: Callable[[], Awaitable[Found | None]], what: str) -> Found:
    """Until the answer comes that other services' events bring."""
    now = pace.get()
    return await eventually(ask, what, now.wait_s, now.longest_pause_s)


async def open_cycle(visitor: Visitor, portal: Portal, person: Person) -> dict[str, Any]:
    """A five-year cycle from the register's document, in one step and without typing."""

    async def offered() -> dict[str, Any] | None:
        offers = (await visitor.get("/api/v1/cycles/offers"))["items"]
        return next((item for item in offers if item["specialty_key"] == person.specialty.key), None)

    offer = await wait(offered, "a ready cycle")
    if offer["cycle_id"] is None:
        body = {
            "document_id": offer["document_id"],
            "preferred_organization_id": portal.organization_id,
        }
        made: dict[str, Any] = await visitor.post("/api/v1/cycles", body)
        return made
    found: dict[str, Any] = await visitor.get(f"/api/v1/cycles/{offer['cycle_id']}")
    return found


async def search(visitor: Visitor, portal: Portal, person: Person) -> list[dict[str, Any]]:
    """Free programmes of 72 ЗЕТ for the person's specialty, in the demo's organisation, paid by the budget; roomiest first."""
    query = {
        "specialty": person.specialty.key,
        "kind": "programme",
        "organization": portal.organization_id,
        "preferred": portal.organization_id,
        "basis": "budget",
        "free": "true",
        "zet_min": "72",
        "limit": "100",
    }
    found = await visitor.get(f"/api/v1/catalog/elements?{urlencode(query)}")
    fitting = [element for element in found["items"] if Decimal(element["zet"]) == ZET]
    return sorted(fitting, key=lambda element: -int(element["seats_left"]))


async def choose(visitor: Visitor, cycle_id: str, element: dict[str, Any]) -> Chosen:
    """Put the programme into the plan; the application with its number comes by itself."""
    body = {"element_id": element["element_id"]}
    item = await visitor.post(f"/api/v1/cycles/{cycle_id}/plan/items", body)

    async def drafted() -> dict[str, Any] | None:
        path = f"/api/v1/applications?plan_item_id={item['plan_item_id']}"
        items = (await visitor.get(path))["items"]
        assert len(items) <= 1
        return items[0] if items else None

    application = await wait(drafted, "the application's draft")
    return Chosen(
        cycle_id=cycle_id,
        plan_item_id=item["plan_item_id"],
        element=element,
        application_id=application["application_id"],
        number=application["number"],
    )


async def fill(visitor: Visitor, chosen: Chosen, **changes: Any) -> dict[str, Any]:
    """Fill the form as the register suggests it, on the budget."""
    path = f"/api/v1/applications/{chosen.application_id}"
    workplace = (await visitor.get("/api/v1/register/card"))["employments"][0]
    form = {
        "employment": "employed",
        "position": workplace["position"],
        "workplace_name": workplace["employer_name"],
        "workplace_address": workplace["employer_address"],
        "region_code": workplace["region_code"],
        "basis": "budget",
        "payer": None,
        "employer_oid": workplace["employer_oid"],
    }
    saved: dict[str, Any] = await visitor.edit(path, form | changes)
    return saved


async def submit(visitor: Visitor, chosen: Chosen) -> dict[str, Any]:
    """Submit, and wait until the catalogue holds a seat."""
    path = f"/api/v1/applications/{chosen.application_id}"
    await visitor.post(f"{path}/submit", {})

    async def held() -> dict[str, Any] | None:
        now: dict[str, Any] = await visitor.get(path)
        assert now["seat"] != "refused", now
        return now if now["seat"] == "held" else None

    return await wait(held, "a held seat")


async def decide(staff: Visitor, chosen: Chosen) -> None:
    """The organisation confirms, enrols and enters the result."""
    path = f"/api/v1/organization/applications/{chosen.application_id}"
    await staff.post(f"{path}/confirm", {})
    await staff.post(f"{path}/enrol", {})
    body = {
        "passed": True,
        "completed_on": clock.today().isoformat(),
        "certificate_number": f"ПК-{chosen.number[4:11]}",
    }
    await staff.post(f"{path}/complete", body)


async def credited(visitor: Visitor, chosen: Chosen) -> list[dict[str, Any]]:
    """The ledger once the result has reached it."""

    async def entered() -> list[dict[str, Any]] | None:
        ledger = (await visitor.get(f"/api/v1/cycles/{chosen.cycle_id}/ledger"))["items"]
        return ledger or None

    return await wait(entered, "the ledger's credit")
