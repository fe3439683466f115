"""A few people's ways and a partner's, written down as a run does it: real evidence that a check can be tried on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from nmo_local import infra, system
from nmo_local.paths import LOCAL
from tests.chaos.checker.evidence import HISTORY, Evidence
from tests.chaos.checker.i7_revoked_credentials import AT_GATEWAY_S
from tests.chaos.clients import Client
from tests.chaos.history import History
from tests.chaos.journey import Intent, Journey, Stage
from tests.conftest import Portal
from tests.e2e import people, steps
from tests.e2e.partner_system import PartnerSystem, register
from tests.leaks.canaries import Canaries, Kind

INTENTS = (
    Intent(wants_scarce=False, ending="credit", takes_document=True, leaves=True),
    Intent(wants_scarce=False, ending="withdraw", takes_document=False, leaves=False),
    Intent(wants_scarce=False, ending="delete", takes_document=False, leaves=False),
)
SEED = 7


@asynccontextmanager
async def witnessed(portal: Portal, folder: Path) -> AsyncIterator[Evidence]:
    """Drive the running system a little; the evidence, while the partner is still subscribed."""
    history, canaries = History(folder / HISTORY), Canaries()
    async with AsyncExitStack() as stack:
        stack.callback(history.close)

        async def arrive(name: str) -> Client:
            client = Client(name, history, name, Random(SEED))
            await client.enter()
            return await stack.enter_async_context(client)

        admin, staff = await asyncio.gather(arrive("admin"), arrive("org-staff"))
        partner = await stack.enter_async_context(await register(portal, admin))
        await _subscribe(partner)
        async with aiohttp.ClientSession() as http:
            specialty = await people.roomy_specialty(portal, http)
        shared = Stage(portal, history, [staff], specialty, [], canaries)
        clients = await asyncio.gather(*(_walk(shared, number) for number in range(len(INTENTS))))
        for client in clients:
            await stack.enter_async_context(client)
        await _leave(clients[0], history, canaries)
        await _receive(partner, history)
        await clients[1].withdraw_consent()
        servers = await asyncio.to_thread(infra.start, LOCAL / "servers")
        yield Evidence.of_local_system(servers, folder, canaries)


async def _walk(shared: Stage, number: int) -> Client:
    journey = Journey(f"witness-{number}", shared, Random(SEED))
    journey.intent = INTENTS[number]
    return await journey.walk()


async def _subscribe(partner: PartnerSystem) -> None:
    await partner.sign_in()
    await partner.subscribe("amqp")
    await partner.subscribe("webhook", url=partner.receiver_url)
    await partner.subscribe("pull")


async def _leave(client: Client, history: History, canaries: Canaries) -> None:
    """«Выйти», and the old cookies tried again, at once and when their grace is over."""
    old = client.cookies()
    canaries.add(Kind.COOKIE, *old.values())
    await client.leave()
    ended = time.monotonic()

    async def refused_for_good() -> bool | None:
        async with (
            aiohttp.ClientSession(cookies=old, cookie_jar=aiohttp.CookieJar(unsafe=True)) as thief,
            thief.get(f"{system.PUBLIC_URL}/api/v1/me") as answer,
        ):
            age = time.monotonic() - ended
            fields = {"credential": "session", "where": "gateway", "age_s": age, "status": answer.status}
            history.write("replay", **fields)
            return True if age > AT_GATEWAY_S else None

    await steps.wait(refused_for_good, "the end of the grace")


async def _receive(partner: PartnerSystem, history: History) -> None:
    """Everything of the log by each of the three ways."""
    fed = await _at_rest(partner)
    wanted = {event["id"] for event in fed}
    queued = await partner.take(wanted)

    async def called() -> bool | None:
        return True if wanted <= {event["id"] for event in partner.arrived} else None

    await steps.wait(called, "the webhooks")
    for way, events in (("pull", fed), ("amqp", queued), ("webhook", partner.arrived)):
        for event in events:
            history.write("received", client_id=partner.client_id, way=way, event=event)


async def _at_rest(partner: PartnerSystem) -> list[dict[str, Any]]:
    """The feed once it has told of both endings that bring events: the credit and the withdrawal."""

    async def whole() -> list[dict[str, Any]] | None:
        found = await partner.whole_feed(limit=500)
        states = {event["data"].get("status") for event in found}
        told = {event["type"].split(".")[3] for event in found}
        return found if {"withdrawn", "deleted", "completed"} <= states and "credit" in told else None

    return await steps.wait(whole, "the partner's feed")
