"""Waiting until nothing is on its way any more: outboxes, queues, letters, webhooks, partners' queues."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp
import asyncpg

from nmo_kit.messaging.admin import BrokerAdmin
from nmo_local import system
from tests.chaos.world import World

LOOK_S = 3.0
CALM = 3
"""So many looks must find nothing: what has just left one place may not yet be seen in the next."""
PARKING = ".parking"
_BEHIND = (
    "select count(*) from subscription s where way = 'amqp' and cursor_seq <"
    " (select coalesce(max(seq), 0) from partner_event e where e.client_id = s.client_id)"
)
_OWED = {
    **{
        f"{service}.outbox": (service, "select count(*) from outbox where published_at is null")
        for service in system.SERVICES
    },
    "letters": ("notifications", "select count(*) from delivery_job where state = 'pending'"),
    "webhooks": ("notifications", "select count(*) from webhook_delivery where state = 'pending'"),
    "partner queues": ("notifications", _BEHIND),
    "matches": ("identity", "select count(*) from match_task"),
}


async def drain(world: World, within_s: float) -> dict[str, int]:
    """Wait until nothing is owed; what still is when the time is up, by name (empty when all is well)."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    calm = 0
    while True:
        owed = await _owed(world)
        calm = 0 if owed else calm + 1
        if calm == CALM or loop.time() > deadline:
            return owed
        await asyncio.sleep(LOOK_S)


async def _owed(world: World) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, (service, statement) in _OWED.items():
        found[name] = await _count(world, service, statement)
    found |= await _messages(world)
    return {name: number for name, number in found.items() if number}


async def _count(world: World, service: str, statement: str) -> int:
    try:
        return int((await world.fetch(service, statement))[0][0])
    except (OSError, TimeoutError, asyncpg.PostgresConnectionError):
        return 1


async def _messages(world: World) -> Mapping[str, int]:
    """Messages in the internal queues; parked ones are no way, they wait for people and are judged by the checker."""
    try:
        async with BrokerAdmin(world.rabbitmq.admin_url) as admin:
            queues = await admin.call("GET", "queues")
    except (aiohttp.ClientError, OSError, TimeoutError):
        return {"broker": 1}
    return {
        queue["name"]: queue.get("messages", 0) for queue in queues if not queue["name"].endswith(PARKING)
    }
