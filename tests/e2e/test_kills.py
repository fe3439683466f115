"""Processes are killed in the middle of ten journeys: every journey ends, and each ledger shows its 72 ЗЕТ once."""

from __future__ import annotations

import asyncio
import os
import signal
from decimal import Decimal

import pytest

from nmo_local import supervise, system
from nmo_testkit import wait
from tests.conftest import Portal
from tests.e2e import steps
from tests.e2e.people import Person, new_specialists
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.e2e]
JOURNEYS = 10


def kill(name: str) -> int:
    """SIGKILL of one supervised process; the pid it had."""
    pid = next(int(state["pid"]) for state in supervise.states() if state["name"] == name)
    os.kill(pid, signal.SIGKILL)
    return pid


async def restarted(name: str, old: int) -> bool:
    """True once the supervisor has another process running under the name."""
    states = await asyncio.to_thread(supervise.states)
    state = next(state for state in states if state["name"] == name)
    return state["statename"] == "RUNNING" and int(state["pid"]) != old


async def journey(portal: Portal, person: Person, staff: Visitor, begun: asyncio.Event) -> list[Decimal]:
    """The whole way of one person; the credits in their ledger at its end."""
    async with Visitor(person.key) as visitor:
        await visitor.enter()
        begun.set()
        cycle = await steps.open_cycle(visitor, portal, person)
        element = (await steps.search(visitor, portal, person))[0]
        chosen = await steps.choose(visitor, cycle["cycle_id"], element)
        await steps.fill(visitor, chosen)
        await steps.submit(visitor, chosen)
        await steps.decide(staff, chosen)
        ledger = await steps.credited(visitor, chosen)
        return [Decimal(entry["zet"]) for entry in ledger]


@pytest.mark.req("APP-08", "CYC-09", "GWY-03", "OPS-01")
async def test_each_process_killed_in_turn_during_ten_journeys(portal: Portal, staff: Visitor) -> None:
    people = await new_specialists(portal, JOURNEYS)
    begun = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        ways = [group.create_task(journey(portal, person, staff, begun)) for person in people]
        await begun.wait()
        for name in (*system.SERVICES, "gateway"):
            old = await asyncio.to_thread(kill, name)
            await wait.until(lambda name=name, old=old: restarted(name, old), 30)
    assert [way.result() for way in ways] == [[Decimal(72)]] * JOURNEYS
    # Nobody kept a seat or credit twice, and no number was given twice.
    numbers = {
        item["number"]
        for item in (await staff.get("/api/v1/organization/applications?status=completed&limit=100"))["items"]
    }
    assert len(numbers) >= JOURNEYS
