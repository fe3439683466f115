"""A vhost of its own for a test run, with the topology of the services under test."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import DeliveryError

from nmo_kit.messaging.admin import BrokerAdmin
from nmo_kit.messaging.envelope import CONTENT_TYPE, Envelope
from nmo_kit.messaging.topology import EVENTS, Declared, Queue, RetryLevel, Topology, declare, declare_user
from nmo_testkit import wait

LEFT_OVER_S = 3 * 3600
FAST_LEVELS = (RetryLevel("1", 0.3), RetryLevel("2", 0.6))
"""Retry levels that let a test see all rounds within a second or two."""


class Broker:
    """The test vhost: addresses, declaration, and looks into queues."""

    def __init__(self, amqp_url: str, admin_url: str, vhost: str) -> None:
        """`amqp_url` and `admin_url` are an administrator's."""
        self._amqp_url = amqp_url
        self.admin_url = admin_url
        self.vhost = vhost
        self.users: list[str] = []

    @property
    def url(self) -> str:
        """AMQP address of the vhost as administrator."""
        return self.url_for(None)

    def url_for(self, credentials: tuple[str, str] | None) -> str:
        """AMQP address of the vhost with other credentials."""
        parts = urlsplit(self._amqp_url)
        host = parts.netloc.rpartition("@")[2]
        login = f"{credentials[0]}:{credentials[1]}" if credentials else parts.netloc.rpartition("@")[0]
        return urlunsplit((parts.scheme, f"{login}@{host}", f"/{self.vhost}", "", ""))

    async def declare(
        self,
        services: Mapping[str, Sequence[Queue]],
        *,
        levels: Sequence[RetryLevel] = FAST_LEVELS,
        told: frozenset[str] = frozenset(),
    ) -> Declared:
        """Declare the topology of these services; `told` are all event types there are."""
        async with BrokerAdmin(self.admin_url) as admin:
            return await declare(admin, Topology(services, vhost=self.vhost, levels=levels, told=told))

    async def service_url(self, service: str) -> str:
        """AMQP address with the narrow rights of a service's own user."""
        user, password = f"{self.vhost}-{service}", uuid4().hex
        async with BrokerAdmin(self.admin_url) as admin:
            await declare_user(admin, service, password, vhost=self.vhost, user=user)
        self.users.append(user)
        return self.url_for((user, password))

    @asynccontextmanager
    async def channel(self, url: str | None = None) -> AsyncIterator[AbstractChannel]:
        """A channel with confirms, as administrator unless another address is given."""
        connection = await aio_pika.connect(url or self.url, timeout=10)
        try:
            yield await connection.channel(publisher_confirms=True, on_return_raises=True)
        finally:
            await connection.close()

    async def depth(self, queue: str) -> int:
        """Messages that are ready in the queue."""
        async with self.channel() as channel:
            declared = (await channel.declare_queue(queue, passive=True)).declaration_result
            return declared.message_count or 0

    async def take(self, queue: str) -> list[AbstractIncomingMessage]:
        """Take everything that is ready out of the queue."""
        taken: list[AbstractIncomingMessage] = []
        async with self.channel() as channel:
            source = await channel.get_queue(queue, ensure=False)
            while (message := await source.get(fail=False)) is not None:
                await message.ack()
                taken.append(message)
        return taken

    async def publish(
        self, event: Envelope | bytes, *, queue: str | None = None, key: str | None = None
    ) -> None:
        """Publish an event to the exchange `events`, or bytes or an event straight into a queue."""
        body = event if isinstance(event, bytes) else event.to_bytes()
        routing_key = queue or key or (event.type_name if isinstance(event, Envelope) else "test.raw.v1")
        message = aio_pika.Message(
            body, content_type=CONTENT_TYPE, delivery_mode=aio_pika.DeliveryMode.PERSISTENT
        )
        async with self.channel() as channel:
            if queue is None:
                exchange = await channel.get_exchange(EVENTS, ensure=False)
                await exchange.publish(message, routing_key, mandatory=False)
            else:
                await channel.default_exchange.publish(message, routing_key)

    async def fill(self, queue: str) -> None:
        """Publish until the queue refuses, for good: a quorum queue notes its limit a moment after it is reached."""
        for _ in range(3):
            await wait.until(lambda: self._refuses(queue))

    async def _refuses(self, queue: str) -> bool:
        try:
            await self.publish(b"filling", queue=queue)
        except DeliveryError:
            return True
        return False

    async def cut_connections(self) -> int:
        """Close all connections to the vhost, as a restart of the broker would; returns how many there were."""
        async with BrokerAdmin(self.admin_url) as admin:
            found = await admin.call("GET", "vhosts", self.vhost, "connections")
            for connection in found:
                await admin.call("DELETE", "connections", connection["name"], missing_ok=True)
        return len(found)


@asynccontextmanager
async def fresh_broker(amqp_url: str, admin_url: str) -> AsyncIterator[Broker]:
    """A new vhost, deleted at the end with the users made for it."""
    broker = Broker(amqp_url, admin_url, f"nmo-t-{int(time.time())}-{uuid4().hex[:8]}")
    async with BrokerAdmin(admin_url) as admin:
        await _remove_left_overs(admin)
        await admin.put_vhost(broker.vhost)
        name = urlsplit(amqp_url).username or "guest"
        await admin.put_permission(broker.vhost, name, configure=".*", write=".*", read=".*")
        try:
            yield broker
        finally:
            await admin.delete_vhost(broker.vhost)
            for user in broker.users:
                await admin.delete_user(user)


async def _remove_left_overs(admin: BrokerAdmin) -> None:
    """Delete vhosts of runs that died."""
    for vhost in await admin.call("GET", "vhosts"):
        name = vhost["name"]
        born = name.split("-")[2] if name.startswith("nmo-t-") else ""
        if born.isdigit() and time.time() - int(born) > LEFT_OVER_S:
            await admin.delete_vhost(name)
