"""A partner system: signs in by client credentials, subscribes, receives by queue, webhook and feed."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from types import TracebackType
from typing import Any, Self

import aio_pika
import aiohttp
from aiohttp import web
from standardwebhooks import Webhook

from nmo_local import secret_files, system
from nmo_local.demo.browser import UnexpectedAnswerError

TYPES = ["partner.application.status_changed.v1", "partner.credit.recorded.v1"]


class Partner:
    """The demo partner with its own small webhook receiver."""

    def __init__(self) -> None:
        """Nothing is open yet."""
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        self._runner: web.AppRunner | None = None
        self._arrived: list[dict[str, Any]] = []
        self._verifier: Webhook | None = None
        self._token = ""
        self.queue: dict[str, str] = {}
        self.receiver_url = ""

    async def __aenter__(self) -> Self:
        """Start the receiver on a free port."""
        app = web.Application()
        app.router.add_post("/webhook", self._receive)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.receiver_url = f"http://127.0.0.1:{port}/webhook"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the receiver."""
        if self._runner is not None:
            await self._runner.cleanup()
        await self._client.close()

    async def subscribe(self) -> None:
        """Token, then one subscription by queue and one by webhook (two of the five calls of PAR-01 remain)."""
        basic = b64encode(
            f"{system.PARTNER}:{secret_files.password('client_' + system.PARTNER)}".encode()
        ).decode()
        form = {"grant_type": "client_credentials", "scope": "partner"}
        async with self._client.post(
            f"{system.PUBLIC_URL}/oauth2/token", data=form, headers={"Authorization": f"Basic {basic}"}
        ) as answer:
            body = await answer.json(content_type=None)
            if answer.status != 200:  # noqa: PLR2004 HTTP
                raise UnexpectedAnswerError(f"the partner got no token: {body}")
            self._token = body["access_token"]
        for found in (await self.call("GET", "/api/v1/partner/subscriptions"))["items"]:
            await self.call("DELETE", f"/api/v1/partner/subscriptions/{found['subscription_id']}")
        made = await self.call("POST", "/api/v1/partner/subscriptions", {"types": TYPES, "way": "amqp"})
        self.queue = made["amqp"]
        made = await self.call(
            "POST",
            "/api/v1/partner/subscriptions",
            {"types": TYPES, "way": "webhook", "url": self.receiver_url},
        )
        self._verifier = Webhook(made["secret"])

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API as the partner."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._client.request(
            method, system.PUBLIC_URL + path, json=body, headers=headers
        ) as answer:
            parsed = await answer.json(content_type=None) if answer.content_length != 0 else None
            if answer.status >= 400:  # noqa: PLR2004 HTTP
                raise UnexpectedAnswerError(f"{method} {path} answered {answer.status}: {parsed}")
            return parsed

    async def from_queue(self, application_id: str, status: str) -> dict[str, Any]:
        """Read the partner's own queue until the event is there."""
        connection = await aio_pika.connect(self.queue["url"], timeout=10)
        async with connection, asyncio.timeout(20):
            channel = await connection.channel()
            await channel.set_qos(10)
            queue = await channel.get_queue(self.queue["queue"], ensure=False)
            async with queue.iterator() as messages:
                async for message in messages:
                    event: dict[str, Any] = json.loads(message.body)
                    await message.ack()
                    if _is(event, application_id, status):
                        return event
        raise UnexpectedAnswerError("the partner's queue ended")

    def from_webhook(self, application_id: str, status: str) -> dict[str, Any] | None:
        """The event if the receiver has it; its signature was verified when it came."""
        return next((event for event in self._arrived if _is(event, application_id, status)), None)

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self._verifier is None:
            return web.Response(status=503)
        # Raises when the signature or its time is wrong; the answer is then 500 and the portal tries again.
        self._verifier.verify(body, dict(request.headers))
        self._arrived.append(json.loads(body))
        return web.Response(status=204)


def _is(event: dict[str, Any], application_id: str, status: str) -> bool:
    data = event.get("data", {})
    return bool(data.get("application_id") == application_id and data.get("status") == status)
