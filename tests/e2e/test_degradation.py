"""GWY-03: a part that is away takes nothing else with it; each page says what is missing, and all heals by itself."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio

from nmo_local.demo.browser import words
from tests.conftest import Portal
from tests.e2e import parts, steps
from tests.e2e.people import new_specialist
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
SERVICES = tuple(parts.APIS)
OUTSIDE = ("sandbox-esia", "sandbox-frmr", "sandbox-mailbox")
HUNG = SERVICES if os.environ.get("NMO_WHOLE_MATRIX") else ("catalog",)
"""A hung part takes its time-out for each page; all of them are tried by `NMO_WHOLE_MATRIX=1`."""
PAGE_S = 12.0
API_S = 20.0


@dataclass(slots=True)
class Readers:
    """Somebody for each work place, and things that are there."""

    specialist: Visitor
    staff: Visitor
    guest: Visitor
    there: dict[str, str] = field(default_factory=dict)

    async def see(self) -> dict[str, parts.Shown]:
        """What every page shows."""
        found: dict[str, parts.Shown] = {}
        for visitor, addresses in self._places:
            found |= await parts.pages(visitor, addresses, self.there)
        return found

    def expected(self, part: str) -> dict[str, parts.Shown]:
        """What every page should show while the part is away."""
        return {
            address: shown
            for _, addresses in self._places
            for address, shown in parts.expected(part, addresses).items()
        }

    @property
    def _places(self) -> tuple[tuple[Visitor, tuple[str, ...]], ...]:
        return ((self.guest, parts.GUEST), (self.specialist, parts.OWN), (self.staff, parts.STAFF))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def readers(portal: Portal) -> AsyncIterator[Readers]:
    """A specialist with a cycle and an application under review, an employee, a guest."""
    person = await new_specialist(portal)
    async with Visitor(person.key) as specialist, Visitor("org-staff") as staff, Visitor("nobody") as guest:
        await specialist.enter()
        await staff.enter()
        cycle = await steps.open_cycle(specialist, portal, person)
        (element, *_) = await steps.search(specialist, portal, person)
        chosen = await steps.choose(specialist, cycle["cycle_id"], element)
        await steps.fill(specialist, chosen)
        await steps.submit(specialist, chosen)
        there = {"cycle": chosen.cycle_id, "element": element["element_id"], "number": chosen.number}
        found = Readers(specialist, staff, guest, there)
        assert set((await found.see()).values()) == {"whole"}
        yield found


async def heals(readers: Readers) -> None:
    """Every page is whole again without anything being restarted."""

    async def whole() -> bool | None:
        return True if set((await readers.see()).values()) == {"whole"} else None

    await steps.wait(whole, "all pages to be whole again")


@pytest.mark.req("GWY-03")
@pytest.mark.parametrize("service", SERVICES)
async def test_stopped_service_closes_its_part_only(portal: Portal, readers: Readers, service: str) -> None:
    await readers.see()  # tokens for every part are fresh now
    async with parts.stopped(portal, service):
        assert await readers.see() == readers.expected(service)
        await _api_is_away(readers.specialist, service, 503)
    await heals(readers)


@pytest.mark.req("GWY-03")
@pytest.mark.parametrize("name", OUTSIDE)
async def test_world_outside_takes_no_page_with_it(portal: Portal, readers: Readers, name: str) -> None:
    async with parts.stopped(portal, name):
        assert await readers.see() == readers.expected(name)
        for address in parts.APIS.values():
            assert (await readers.specialist.ask("GET", address))[0] == 200


@pytest.mark.req("GWY-03")
@pytest.mark.parametrize("service", HUNG)
async def test_hung_service_costs_a_bounded_time(readers: Readers, service: str) -> None:
    await readers.see()
    async with parts.hung(service):
        started = time.monotonic()
        seen, _ = await asyncio.gather(readers.see(), _api_is_away(readers.specialist, service, 504))
        took = time.monotonic() - started
        assert seen == readers.expected(service)
        assert took < 3 * PAGE_S + API_S, f"{took:.0f} s"
    await heals(readers)


async def _api_is_away(visitor: Visitor, service: str, status: int) -> None:
    """The part's own API says so with code, time and reference; the others answer."""
    for name, address in parts.APIS.items():
        started = time.monotonic()
        answer, problem, headers = await visitor.whole_answer(address)
        if name != service:
            assert answer == 200, (name, problem)
            continue
        assert (answer, problem["status"], problem["service"]) == (status, status, service)
        assert problem["code"] == ("service_unavailable" if status == 503 else "service_slow")
        assert len(problem["trace_id"]) == 32
        assert (
            "недоступ" in problem["detail"]
            or "не отвеча" in problem["detail"]
            or "не ответила" in problem["detail"]
        )
        assert headers["Content-Type"].startswith("application/problem+json")
        assert int(headers["Retry-After"]) > 0
        assert time.monotonic() - started < API_S


@pytest.mark.req("SSO-09")
@pytest.mark.parametrize("fault", ["stopped", "down", "slow"])
async def test_sign_in_says_that_esia_does_not_answer(
    portal: Portal, readers: Readers, http: aiohttp.ClientSession, fault: str
) -> None:
    async with _esia_without_answer(portal, http, fault), Visitor("match") as visitor:

        async def told() -> str | None:
            status, address, text = await visitor.page("/auth/esia/start?return_to=/cabinet/plan")
            return words(text) if (status, "/auth/esia/start" in address) == (503, True) else None

        await steps.wait(told, "the page about ЕСИА")
        started = time.monotonic()
        read = await told()
        assert read is not None
        assert time.monotonic() - started < 5
        for sentence in (
            "Госуслуги не отвечают",
            "Если вы уже вошли",
            "назовите код",
            "время",
            "Войти ещё раз",
        ):
            assert sentence in read, sentence
        assert set((await parts.pages(readers.specialist, parts.OWN, readers.there)).values()) == {"whole"}

    async def starts() -> bool | None:
        async with Visitor("match") as visitor:
            _, address, _ = await visitor.page("/auth/esia/start")
            return True if address.startswith(portal.address("esia")) else None

    await steps.wait(starts, "signing in again")


def _esia_without_answer(
    portal: Portal, http: aiohttp.ClientSession, fault: str
) -> AbstractAsyncContextManager[None]:
    if fault == "stopped":
        return parts.stopped(portal, "sandbox-esia")
    return parts.faults_of(portal, http, "esia", **{"down": {"down": True}, "slow": {"slow": 8}}[fault])
