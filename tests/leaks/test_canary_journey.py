"""I11, T24: a journey of people with rare names, with everything that may go wrong, leaves none of their data behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

import aio_pika
import aiohttp
import pytest
import pytest_asyncio
from aio_pika.abc import AbstractQueue

from nmo_kit.messaging.admin import BrokerAdmin
from nmo_local import system
from nmo_local.paths import LOGS
from tests.conftest import Portal
from tests.e2e import parts, steps
from tests.e2e.visitor import Visitor
from tests.leaks import journey, places
from tests.leaks.allowed import ALLOWED
from tests.leaks.canaries import Canaries, Kind
from tests.leaks.finder import Place, find_leaks
from tests.leaks.spans import SENDERS, collected_spans
from tests.leaks.trail import Trail, WatchedVisitor

pytestmark = pytest.mark.e2e
EXPECTED = {
    "log",
    "metrics",
    "span",
    "database",
    "event",
    "queue",
    "mail",
    "problem",
    "url",
    "webhook",
    "partner",
}
PARKED = "applications.application.submitted.v1"


@dataclass(slots=True)
class Traces:
    """What a journey left, and how much of it was done."""

    trail: Trail
    canaries: Canaries
    places: list[Place] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def traces(portal: Portal) -> AsyncIterator[Traces]:
    """The journey, driven once."""
    canaries = Canaries()
    found = Traces(Trail(canaries), canaries)
    journey.plant_system_secrets(canaries)
    async with collected_spans() as spans, AsyncExitStack() as stack:
        client = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=30)
        )
        drive = _Drive(portal, found, await stack.enter_async_context(client), stack)
        await drive.through()
        await drive.collect()
        await steps.wait(_all_came(spans), "spans of every process")
        found.places += spans.places()
    yield found


class _Drive:
    """The journey's steps."""

    def __init__(
        self, portal: Portal, traces: Traces, http: aiohttp.ClientSession, stack: AsyncExitStack
    ) -> None:
        self._portal = portal
        self._traces = traces
        self._canaries = traces.canaries
        self._http = http
        self._stack = stack

    async def through(self) -> None:
        """Everything that happens before the search."""
        portal, done = self._portal, self._traces.done
        fitting, differing, unconfirmed = await journey.people(portal, self._canaries)
        self._canaries.add(Kind.PASSWORD, journey.TYPED_SECRET)
        staff, admin, visitor = [await self._arrive(key) for key in ("org-staff", "admin", fitting.key)]
        await asyncio.gather(staff.enter(), admin.enter())
        self._partner = await self._subscribed(admin)
        async with parts.stopped(portal, "registry"):
            await visitor.enter()
            done["signed in without the register"] = 1
        await steps.wait(_full(visitor), "the comparison with the register")
        async with parts.faults_of(portal, self._http, "mailbox", refuse=450):
            self._chosen = await journey.whole_way(visitor, portal, fitting, staff)
        done["refused sign-ins"] = await journey.refused_sign_ins(
            portal, self._http, fitting, self._traces.trail
        )
        done["secrets of an own account"] = await journey.own_account(
            portal, self._canaries, self._traces.trail
        )
        self._traces.trail.notes_addresses = False
        done["bad requests"] = await journey.bad_requests(visitor, fitting)
        self._traces.trail.notes_addresses = True
        other = await self._arrive(differing.key)
        assert (await other.enter())["entry"] == "conflict"
        assert (await other.page("/mismatch"))[0] == 200
        assert (await (await self._arrive(unconfirmed.key)).enter())["entry"] == "unconfirmed"
        await self._park(fitting.snils, fitting.last_name)
        async with parts.stopped(portal, "applications"):
            status, _, _ = await visitor.page(f"/cabinet/applications/{self._chosen.number}")
            done["server errors"] = int(status == 503)
            status, _ = await visitor.ask("GET", f"/api/v1/applications/{self._chosen.application_id}")
            done["server errors"] += status == 503
        for person in (staff, admin, visitor, other):
            self._canaries.add(Kind.COOKIE, *person.cookies().values())

    async def collect(self) -> None:
        """Gather every place."""
        portal, found = self._portal, self._traces
        server = portal.demo["postgres"].rpartition("/")[0]
        await steps.wait(self._delivered, "the webhook after its failures")
        await steps.wait(self._told, "letters about the application")
        found.places += places.log_places(LOGS)
        found.places += await places.metrics_places({name: system.url(name) for name in system.WITH_DATABASE})
        found.places += await places.database_places(
            {name: f"{server}/{system.database_name(name)}" for name in system.WITH_DATABASE}
        )
        found.places += await places.queue_places(portal.demo["broker"]["management"])
        found.places += await places.mail_places(portal.address("mailbox"))
        found.places += places.text_places(
            "webhook", {f"{number}": body for number, body in enumerate(self._partner.deliveries)}
        )
        found.places += places.text_places("partner", {"feed": await self._partner.whole_feed(limit=100)})
        found.places += found.trail.places()

    async def _arrive(self, key: str) -> Visitor:
        return await self._stack.enter_async_context(WatchedVisitor(key, self._traces.trail))

    async def _subscribed(self, admin: Visitor) -> journey.FailingPartner:
        body = {"client_id": f"t-{uuid4().hex[:12]}", "title": "Партнёр проверок", "scopes": ["partner"]}
        made = await admin.post("/api/v1/admin/partners", body)
        partner = await self._stack.enter_async_context(journey.FailingPartner(self._portal, made))
        await partner.sign_in()
        await partner.subscribe("amqp")
        hook = await partner.subscribe("webhook", url=partner.receiver_url)
        await partner.subscribe("pull")
        self._canaries.add(Kind.CLIENT_SECRET, made["client_secret"], hook["secret"])
        self._canaries.add(Kind.TOKEN, partner.bearer()["Authorization"].partition(" ")[2])
        self._canaries.add(Kind.PASSWORD, partner.queue["password"])
        return partner

    async def _park(self, *words: str) -> None:
        """A message that cannot be understood, made of personal data: parked whole, told of without a word of it.

        It is taken out of the parking queues again: what we put there ourselves is no leak.
        """
        mark = f"bad-{uuid4()}"
        body = json.dumps({"specversion": "1.0", "subject": words[0], "data": {"number": list(words)}})
        connection = await aio_pika.connect(f"{self._portal.demo['broker']['amqp']}/core")
        async with connection, BrokerAdmin(self._portal.demo["broker"]["management"]) as broker:
            bound = await broker.call("GET", "exchanges", "core", "events", "bindings", "source")
            queues = {found["destination"] for found in bound if found["routing_key"] == PARKED}
            channel = await connection.channel()
            exchange = await channel.get_exchange("events")
            message = aio_pika.Message(body.encode(), message_id=mark, content_type="application/json")
            await exchange.publish(message, PARKED)
            for consumer in (queue.partition(".")[0] for queue in queues):
                parked = await channel.get_queue(f"{consumer}.parking")
                await steps.wait(partial(_take, parked, mark), f"the message parked for {consumer}")
                self._traces.done["parked"] = self._traces.done.get("parked", 0) + 1

    async def _delivered(self) -> bool | None:
        return True if self._partner.arrived and len(self._partner.deliveries) > 2 else None

    async def _told(self) -> bool | None:
        return True if await places.mail_places(self._portal.address("mailbox")) else None


async def _take(queue: AbstractQueue, mark: str) -> bool | None:
    """Take our own message out of a queue; others go back to it."""
    found = await queue.get(fail=False)
    if found is None:
        return None
    if found.message_id != mark:
        await found.reject(requeue=True)
        return None
    await found.ack()
    return True


def _full(visitor: Visitor) -> Any:
    async def matched() -> bool | None:
        return True if (await visitor.get("/api/v1/me"))["entry"] == "full" else None

    return matched


def _all_came(spans: Any) -> Any:
    async def came() -> bool | None:
        return True if set(spans.by_service) == {f"nmo-{name}" for name in SENDERS} else None

    return came


@pytest.mark.req("AUD-03", "SSO-06", "GWY-02")
async def test_no_canary_is_left_anywhere(traces: Traces) -> None:
    assert places.kinds_of(traces.places) >= EXPECTED, "a kind of place was not looked into"
    leaks = await find_leaks(traces.places, traces.canaries, ALLOWED)
    assert not leaks, "\n".join(str(leak) for leak in leaks)


async def test_journey_met_every_trouble(traces: Traces) -> None:
    done = traces.done
    assert done["bad requests"] > 90, done
    assert done["refused sign-ins"] == len(journey.OUTSIDE), done
    assert done["parked"] > 1, done
    assert done["secrets of an own account"] == 15, done
    assert done["server errors"] == 2, done
    planted = {canary.kind for canary in traces.canaries.planted}
    assert planted == set(Kind) - {Kind.PRIVATE_KEY}, "something was not planted"
    assert len(traces.trail.refusals) > 40


@pytest.mark.req("GWY-02")
async def test_answers_to_people_are_kept_by_no_cache(traces: Traces) -> None:
    assert traces.trail.answers > 100
    assert traces.trail.kept_by_caches == []
