"""The webhook worker: takes due deliveries and sends them, a few at a time per partner."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from uuid import UUID

import aiohttp
import structlog
from prometheus_client import Counter as Metric

from nmo_kit import clock, failpoints
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.safe_http import AddressRefused, SafeResponse, post
from nmo_notifications.partners.commands.subscribe import secret_place
from nmo_notifications.partners.queries import has_consent
from nmo_notifications.partners.tables import Subscription
from nmo_notifications.webhooks.commands import drop, record_attempt
from nmo_notifications.webhooks.queries import Outgoing, claim_due
from nmo_notifications.webhooks.rules import REFUSALS, WAITS_FOR_EARLIER, Breaker, Verdict
from nmo_notifications.webhooks.signing import signed_headers

logger = structlog.get_logger(__name__)
PER_PARTNER = 4
AT_ONCE = 32
LEASE_S = 60.0
TIMEOUT_S = 15.0

ATTEMPTS = Metric("webhook_attempts_total", "Attempts to deliver to webhooks, by what followed", ["verdict"])
REFUSED = Metric("webhook_refused_total", "Repeated answers 401, 403 and 404 of partners' endpoints")
PAUSED = Metric("webhook_paused_total", "Endpoints paused by the portal")


class WebhookDispatcher:
    """Sends due webhooks. A slow partner fills its own few places and nobody else's."""

    def __init__(self, database: Database, cipher: FieldCipher, *, allow_loopback: bool) -> None:
        """`allow_loopback` is for development and tests."""
        self._db = database
        self._cipher = cipher
        self._allow_loopback = allow_loopback
        self._running: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._breakers: dict[UUID, Breaker] = {}

    async def dispatch_due(self) -> None:
        """Start what is due and fits; returns without waiting for the answers (the worker's timer)."""
        while len(self._tasks) < AT_ONCE:
            busy = [client_id for client_id, count in self._running.items() if count >= PER_PARTNER]
            # As many as the fullest of the others has places for: all may turn out to be one partner's.
            most = max((count for count in self._running.values() if count < PER_PARTNER), default=0)
            async with self._db.write() as session:
                found = await claim_due(
                    session,
                    busy=busy,
                    resting=self._resting(),
                    limit=PER_PARTNER - most,
                    lease_s=LEASE_S,
                    waits_for_earlier=WAITS_FOR_EARLIER,
                )
            if not found:
                return
            await failpoints.hit("notifications.webhook.claimed")
            for outgoing in found:
                self._running[outgoing.subscription.client_id] += 1
                task = asyncio.create_task(self._deliver(outgoing))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait for everything that is on its way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stop waiting for answers; the leases give unfinished deliveries back."""
        for task in self._tasks:
            task.cancel()
        await self.settled()

    async def _deliver(self, outgoing: Outgoing) -> None:
        try:
            verdict = await self._attempt(outgoing)
            logger.info(
                "webhook",
                partner=outgoing.subscription.client_id,
                event_id=str(outgoing.event.event_id),
                result=str(verdict),
            )
        except Exception:  # one delivery's fault must not stop the others; its lease gives it back
            logger.exception("webhook_failed", event_id=str(outgoing.event.event_id))
        finally:
            self._running[outgoing.subscription.client_id] -= 1

    async def _attempt(self, outgoing: Outgoing) -> Verdict | str:
        event, subscription = outgoing.event, outgoing.subscription
        async with self._db.read() as session:
            allowed = event.person_id is None or await has_consent(session, event.person_id)
        if event.body is None or not allowed or subscription.secret is None:
            async with self._db.write() as session:
                await drop(session, outgoing)
            return "withdrawn"
        started = time.monotonic()
        answer: SafeResponse | None = None
        blocked, result = False, "answered"
        try:
            answer = await post(
                subscription.url or "",
                body=event.body,
                headers=signed_headers(self._secrets(subscription), event.event_id, event.body, clock.now()),
                allow_loopback=self._allow_loopback,
                timeout_s=TIMEOUT_S,
            )
        except AddressRefused as refused:
            blocked, result = True, f"address_{refused}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # The pinned resolver's refusal arrives wrapped in the client's own error.
            blocked = isinstance(error.__cause__, AddressRefused)
            result = type(error).__name__
        await failpoints.hit("notifications.webhook.answered")
        status = answer.status if answer else None
        async with self._db.write() as session:
            verdict = await record_attempt(
                session,
                outgoing,
                status=status,
                result=result,
                retry_after=answer.retry_after if answer else None,
                blocked=blocked,
                duration_ms=int((time.monotonic() - started) * 1000),
                jitter=random.uniform(-1, 1),  # noqa: S311 spreads load, guards nothing
                now=clock.now(),
            )
        self._watch(outgoing, verdict, status, result)
        return verdict

    def _secrets(self, subscription: Subscription) -> list[str]:
        """The present secret and, during the overlap of a change, the one before."""
        sealed = [subscription.secret]
        if subscription.previous_until is not None and subscription.previous_until > clock.now():
            sealed.append(subscription.previous_secret)
        place = secret_place(subscription.id)
        return [self._cipher.decrypt(secret, aad=place) for secret in sealed if secret is not None]

    def _resting(self) -> list[UUID]:
        now = time.monotonic()
        return [endpoint for endpoint, breaker in self._breakers.items() if breaker.rests(now)]

    def _watch(self, outgoing: Outgoing, verdict: Verdict, status: int | None, result: str) -> None:
        """Count, let a failing endpoint rest, and tell people what will not heal by itself."""
        subscription = outgoing.subscription
        about = {"partner": subscription.client_id, "subscription": str(subscription.id)}
        ATTEMPTS.labels(str(verdict)).inc()
        breaker = self._breakers.setdefault(subscription.id, Breaker())
        if breaker.note(ok=verdict is Verdict.DELIVERED, now=time.monotonic()):
            logger.warning("webhook_rests", **about)
        if status in REFUSALS and outgoing.delivery.attempts > 0:
            REFUSED.inc()
            logger.error("webhook_refused", status=status, **about)
        if verdict is Verdict.PAUSE:
            PAUSED.inc()
            logger.error("webhook_paused", status=status, result=result, **about)
