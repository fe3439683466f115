"""APP-08: what is killed in the middle of ten people's ways is done once all the same."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from nmo_local import supervise
from nmo_local.infra.rabbitmq import RabbitMQ
from nmo_local.infra.servers import (
    AMQP_PORT,
    DISTRIBUTION_PORT,
    EPMD_PORT,
    MANAGEMENT_PORT,
)
from tests.conftest import LOCAL, Portal
from tests.e2e import steps
from tests.e2e.people import Person, new_specialists
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
PEOPLE = 10
RESTART_S = 90.0


@dataclass(slots=True)
class Way:
    """One person on their way, and how far they have come."""

    place: int
    person: Person
    visitor: Visitor
    cycle_id: str = ""
    chosen: steps.Chosen | None = None

    @property
    def application(self) -> steps.Chosen:
        """What was chosen, once it was."""
        assert self.chosen is not None
        return self.chosen


Stage = Callable[[Way], Awaitable[None]]
Blow = Callable[[], Coroutine[Any, Any, None]]


@pytest_asyncio.fixture(loop_scope="session")
async def ways(portal: Portal) -> AsyncIterator[list[Way]]:
    """Ten fresh specialists, each with a browser."""
    async with AsyncExitStack() as stack:
        people = await new_specialists(portal, PEOPLE)
        yield [
            Way(place, person, await stack.enter_async_context(Visitor(person.key)))
            for place, person in enumerate(people)
        ]


@pytest_asyncio.fixture(loop_scope="session")
async def stages(portal: Portal, staff: Visitor) -> dict[str, Stage]:
    """The steps of the way, each to the end of what it causes."""

    async def enter(way: Way) -> None:
        async def matched() -> bool | None:
            # While the register's mirror is away the comparison is owed to the person and made up for by itself.
            return True if (await way.visitor.get("/api/v1/me"))["entry"] == "full" else None

        await way.visitor.enter()
        await steps.wait(matched, "the comparison with the register")

    async def open_cycle(way: Way) -> None:
        way.cycle_id = (await steps.open_cycle(way.visitor, portal, way.person))["cycle_id"]

    async def choose(way: Way) -> None:
        elements = await steps.search(way.visitor, portal, way.person)
        # Some of them ask for the same seats, but there is one for each.
        element = elements[way.place % min(len(elements), 3)]
        way.chosen = await steps.choose(way.visitor, way.cycle_id, element)

    async def fill(way: Way) -> None:
        await steps.fill(way.visitor, way.application)

    async def submit(way: Way) -> None:
        await steps.submit(way.visitor, way.application)

    async def decide(way: Way) -> None:
        await steps.decide(staff, way.application)

    async def credited(way: Way) -> None:
        await steps.credited(way.visitor, way.application)

    return {
        "enter": enter, "open_cycle": open_cycle, "choose": choose, "fill": fill, "submit": submit, "decide": decide,
        "credited": credited,
    }  # fmt: skip


async def struck(ways: list[Way], stage: Stage, blow: Blow) -> None:
    """All take the step side by side; the blow falls as soon as the first of them is through."""
    going = [asyncio.ensure_future(stage(way)) for way in ways]
    try:
        await asyncio.wait(going, return_when=asyncio.FIRST_COMPLETED)
        await blow()
        await asyncio.gather(*going)
    finally:
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)


def killed(portal: Portal, name: str) -> Blow:
    """SIGKILL to the process; back when the supervisor has it running and ready again."""

    async def blow() -> None:
        before = await asyncio.to_thread(_pid, name)
        os.kill(before, signal.SIGKILL)

        async def back() -> bool | None:
            pid = await asyncio.to_thread(_pid, name)
            return True if pid not in {0, before} and await _ready(portal, name) else None

        await steps.eventually(back, f"the restart of {name}", RESTART_S)

    return blow


def _pid(name: str) -> int:
    return next(int(state["pid"]) for state in supervise.states() if state["name"] == name)


async def _ready(portal: Portal, name: str) -> bool:
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as client,
            client.get(f"{portal.address(name)}/readyz") as answer,
        ):
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False


async def credited_once(ways: list[Way]) -> None:
    """Each ledger holds the 72 ЗЕТ one time, each application is done, nobody was told twice."""
    for way in ways:
        chosen = way.application
        ledger = (await way.visitor.get(f"/api/v1/cycles/{way.cycle_id}/ledger"))["items"]
        assert [(entry["zet"], entry["source"]) for entry in ledger] == [
            ("72.00", f"application/{chosen.application_id}")
        ]
        progress = await way.visitor.get(f"/api/v1/cycles/{way.cycle_id}/progress")
        assert Decimal(progress["total_zet"]) == steps.ZET
        applications = (await way.visitor.get("/api/v1/applications"))["items"]
        assert [(item["number"], item["status"]) for item in applications] == [(chosen.number, "completed")]
        history = (await way.visitor.get(f"/api/v1/applications/{chosen.application_id}/history"))["items"]
        assert [move["to"] for move in history] == [
            "draft",
            "submitted",
            "confirmed",
            "enrolled",
            "completed",
        ]
        plan = await way.visitor.get(f"/api/v1/cycles/{way.cycle_id}/plan")
        (item,) = [item for group in plan["groups"] for item in group["items"]]
        assert (item["status"], item["result"]["zet"]) == ("completed", "72.00"), "«Результат обучения»"
        await steps.wait(_told_of(way, "credit_recorded"), "the message about the credit")
        kinds = [m["kind"] for m in (await way.visitor.get("/api/v1/notifications?limit=100"))["items"]]
        once = [kind for kind in kinds if kind != "consent_granted"]  # told of each purpose by itself
        assert sorted(once) == sorted(set(once)), "told twice"
    numbers = [way.application.number for way in ways]
    assert len(numbers) == len(set(numbers))


def _told_of(way: Way, kind: str) -> Callable[[], Awaitable[bool | None]]:
    async def told() -> bool | None:
        messages = (await way.visitor.get("/api/v1/notifications?limit=100"))["items"]
        return True if any(message["kind"] == kind for message in messages) else None

    return told


@pytest.mark.req("APP-08", "CYC-09", "NOT-03", "GWY-03")
async def test_each_process_killed_in_turn(portal: Portal, ways: list[Way], stages: dict[str, Stage]) -> None:
    for stage, victims in (
        ("enter", ("identity",)),
        ("open_cycle", ("registry",)),
        ("choose", ("cycles",)),
        ("fill", ("gateway",)),
        ("submit", ("applications", "catalog")),
        ("decide", ("cycles", "applications")),
        ("credited", ("notifications",)),
    ):
        first, *others = victims
        await struck(ways, stages[stage], killed(portal, first))
        for name in others:
            await killed(portal, name)()
    await credited_once(ways)


@pytest.mark.req("APP-08", "CYC-09")
@pytest.mark.failure("BROKER-DOWN")
async def test_broker_restarted_in_the_middle(
    portal: Portal, ways: list[Way], stages: dict[str, Stage]
) -> None:
    for stage in ("enter", "open_cycle", "choose", "fill", "submit"):
        await asyncio.gather(*(stages[stage](way) for way in ways))
    await struck(ways, stages["decide"], lambda: _restart_broker(portal))
    await asyncio.gather(*(stages["credited"](way) for way in ways))
    await credited_once(ways)


async def _restart_broker(portal: Portal) -> None:
    """Stop and start the local system's own node; of a broker that is not ours every connection is cut."""
    folder = LOCAL / "servers" / "rabbitmq"
    if folder.exists():
        node = RabbitMQ(folder, AMQP_PORT, MANAGEMENT_PORT, DISTRIBUTION_PORT, EPMD_PORT)
        await asyncio.to_thread(node.stop)
        await asyncio.to_thread(node.start)
        return
    management = portal.demo["broker"]["management"]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as client:
        async with client.get(f"{management}/api/connections") as answer:
            names = [connection["name"] for connection in await answer.json()]
        for name in names:
            async with client.delete(f"{management}/api/connections/{name}") as answer:
                assert answer.status in {204, 404}
