"""A partner's system made of stock parts only: OAuth over HTTP, aio-pika, Standard Webhooks' own verifier."""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import aio_pika
import aiohttp
from aio_pika.abc import AbstractConnection
from aiohttp import web
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from tests.conftest import Portal
from tests.e2e.visitor import Visitor

TYPES = [
    "partner.application.status_changed.v1",
    "partner.cycle.status_changed.v1",
    "partner.credit.recorded.v1",
]


class PartnerSystem:
    """One registered partner with a webhook receiver of its own."""

    verifier: type[Webhook] = Webhook

    def __init__(self, portal: Portal, credentials: dict[str, str]) -> None:
        """`credentials` are what the registration answered."""
        self.client_id = credentials["client_id"]
        self.calls = 0
        self.arrived: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.queue: dict[str, str] = {}
        self.subscriptions: dict[str, str] = {}
        self.receiver_url = ""
        self._portal = portal
        self._secret = credentials["client_secret"]
        self._verifier: Webhook | None = None
        self._token = ""
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Start the receiver on a free port."""
        app = web.Application()
        app.router.add_post("/webhook", self._receive)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.receiver_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/webhook"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the subscriptions, so that the portal calls nobody afterwards."""
        for subscription_id in self.subscriptions.values():
            await self.ask("DELETE", f"/api/v1/partner/subscriptions/{subscription_id}")
        if self._runner is not None:
            await self._runner.cleanup()
        await self._client.close()

    async def sign_in(self) -> None:
        """A token by client credentials."""
        self.calls += 1
        async with self._client.post(
            f"{self._portal.url}/oauth2/token",
            data={"grant_type": "client_credentials", "scope": "partner"},
            headers={"Authorization": aiohttp.encode_basic_auth(self.client_id, self._secret)},
        ) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            self._token = body["access_token"]

    def bearer(self) -> dict[str, str]:
        """The token as a request header."""
        return {"Authorization": f"Bearer {self._token}"}

    async def subscribe(self, way: str, **fields: Any) -> dict[str, Any]:
        """One subscription to everything that is offered; what it needs to receive is kept."""
        self.calls += 1
        status, made = await self.ask(
            "POST", "/api/v1/partner/subscriptions", {"types": TYPES, "way": way, **fields}
        )
        assert status == 201, made
        self.subscriptions[way] = made["subscription_id"]
        if way == "amqp":
            self.queue = made["amqp"]
        if way == "webhook":
            self.trust(made["secret"])
        found: dict[str, Any] = made
        return found

    def trust(self, secret: str) -> None:
        """Verify what comes by webhook with this secret alone."""
        self._verifier = self.verifier(secret)

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Call the portal's API: status and parsed body."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._client.request(
            method, self._portal.url + path, json=body, headers=headers
        ) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def feed(
        self, *, limit: int, after: str | None = None, wait: int = 0
    ) -> tuple[list[dict[str, Any]], str]:
        """One page of the pull feed."""
        query = f"limit={limit}&wait={wait}" + (f"&after={after}" if after else "")
        status, page = await self.ask("GET", f"/api/v1/partner/events?{query}")
        assert status == 200, page
        return page["events"], page["next"]

    async def whole_feed(self, *, limit: int, after: str | None = None) -> list[dict[str, Any]]:
        """Every event of the log, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            events, after = await self.feed(limit=limit, after=after)
            if not events:
                return found
            found += events

    async def connect(self, **changes: str) -> AbstractConnection:
        """A connection to the broker with the partner's credentials."""
        address = aio_pika.connection.make_url(self.queue["url"])
        return await aio_pika.connect(address.with_path(changes.get("vhost", address.path)), timeout=10)

    async def take(self, wanted: set[str], timeout_s: float = 30) -> list[dict[str, Any]]:
        """Take events from the queue until all the wanted ones are there, in the order they came.

        Raises:
            AssertionError: some did not come in time.
        """
        found: list[dict[str, Any]] = []
        connection = await self.connect()
        async with connection:
            channel = await connection.channel()
            await channel.set_qos(50)
            queue = await channel.get_queue(self.queue["queue"], ensure=False)
            try:
                async with asyncio.timeout(timeout_s), queue.iterator() as messages:
                    async for message in messages:
                        found.append(json.loads(message.body))
                        await message.ack()
                        if wanted <= {event["id"] for event in found}:
                            break
            except TimeoutError:
                missing = wanted - {event["id"] for event in found}
                raise AssertionError(
                    f"{len(missing)} of {len(wanted)} did not come, {len(found)} did"
                ) from None
        return found

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        assert self._verifier is not None
        try:
            self._verifier.verify(body, dict(request.headers))
        except (ValueError, WebhookVerificationError) as error:
            self.refused.append(str(error))
            return web.Response(status=400)
        self.arrived.append(json.loads(body))
        return web.Response(status=204)


async def register(portal: Portal, admin: Visitor) -> PartnerSystem:
    """A new partner, entered by the administrator."""
    body = {"client_id": f"t-{uuid4().hex[:12]}", "title": "Партнёр проверок", "scopes": ["partner"]}
    return PartnerSystem(portal, await admin.post("/api/v1/admin/partners", body))
