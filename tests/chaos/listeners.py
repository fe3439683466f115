"""A partner that listens in all three ways for the whole run and writes down what arrives."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self

import aio_pika.exceptions
import aiohttp
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from nmo_kit import clock
from nmo_local.demo.browser import eventually
from tests.chaos.clients import Client
from tests.chaos.history import History
from tests.conftest import Portal
from tests.e2e import partner_system
from tests.e2e.partner_system import PartnerSystem

GONE = (
    aiohttp.ClientError,
    aio_pika.exceptions.AMQPError,
    AssertionError,
    OSError,
    RuntimeError,
    TimeoutError,
)
"""What a lost connection looks like; an answer that is no page of the feed is an assertion of the partner's own system."""
AGAIN_S = 1.0
POLL_S = 2.0
PAGE = 200
PATIENCE_S = 180.0
TOLERANCE = timedelta(minutes=5)


class _ShiftedWebhook(Webhook):
    """Verifies as the library does, in the time that the system lives in: the run may set all clocks forward."""

    def verify(self, data: bytes | str, headers: dict[str, str], *, json_parse: bool = True) -> Any:
        found = {name.lower(): value for name, value in headers.items()}
        text = data if isinstance(data, str) else data.decode()
        sent = datetime.fromtimestamp(float(found["webhook-timestamp"]), UTC)
        if abs(clock.now() - sent) > TOLERANCE:
            raise WebhookVerificationError("too old or too new")
        if self.sign(found["webhook-id"], sent, text) not in found["webhook-signature"].split():
            raise WebhookVerificationError("no signature matches")
        return json.loads(text) if json_parse else None


class _Noted(list[dict[str, Any]]):
    """Events that are written down as they come."""

    def __init__(self, history: History, client_id: str, way: str) -> None:
        super().__init__()
        self._history, self._client_id, self._way = history, client_id, way

    def append(self, event: dict[str, Any]) -> None:
        self._history.write("received", client_id=self._client_id, way=self._way, event=event)
        super().append(event)


class Listeners:
    """One partner for each way, so that none hides what another has missed."""

    def __init__(self, portal: Portal, admin: Client, history: History) -> None:
        """The administrator enters the partners; what they receive is evidence."""
        self._history = history
        self._portal = portal
        self._admin = admin
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self.systems: dict[str, PartnerSystem] = {}

    async def __aenter__(self) -> Self:
        """Subscribe and listen."""
        for way in ("amqp", "webhook", "pull"):
            partner = await partner_system.register(self._portal, self._admin)
            self.systems[way] = await self._stack.enter_async_context(partner)
            partner.verifier = _ShiftedWebhook
            partner.arrived = _Noted(self._history, partner.client_id, way)
            await eventually(partial(self._subscribed, partner, way), f"a subscription by {way}", PATIENCE_S)
        self._tasks = [asyncio.create_task(self._consume()), asyncio.create_task(self._pull())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listen no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(*GONE):
            await self._stack.aclose()

    async def _subscribed(self, partner: PartnerSystem, way: str) -> bool | None:
        """One subscription and no other: one whose answer was lost is ended before the next try."""
        try:
            await partner.sign_in()
            _, listed = await partner.ask("GET", "/api/v1/partner/subscriptions")
            for left in listed["items"]:
                await partner.ask("DELETE", f"/api/v1/partner/subscriptions/{left['subscription_id']}")
            await partner.subscribe(way, **({"url": partner.receiver_url} if way == "webhook" else {}))
        except (*GONE, KeyError):
            return None
        return True

    @property
    def received(self) -> dict[str, int]:
        """How much came each way, repetitions too."""
        return {way: len(partner.arrived) for way, partner in self.systems.items()}

    @property
    def refused(self) -> list[str]:
        """Webhooks whose signature did not hold."""
        return self.systems["webhook"].refused

    async def _consume(self) -> None:
        partner = self.systems["amqp"]
        while True:
            with suppress(*GONE):
                connection = await partner.connect()
                async with connection:
                    channel = await connection.channel()
                    await channel.set_qos(50)
                    source = await channel.get_queue(partner.queue["queue"], ensure=False)
                    async with source.iterator() as messages:
                        async for message in messages:
                            partner.arrived.append(json.loads(message.body))
                            await message.ack()
            await asyncio.sleep(AGAIN_S)

    async def _pull(self) -> None:
        partner, after = self.systems["pull"], None
        while True:
            try:
                events, after = await partner.feed(limit=PAGE, after=after)
                for event in events:
                    partner.arrived.append(event)
                await asyncio.sleep(0 if events else POLL_S)
            except GONE:
                await asyncio.sleep(AGAIN_S)
                with suppress(*GONE):
                    await partner.sign_in()
