"""Back-channel logout: partners' portals are told that a session of their visitor is over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import aiohttp
import structlog
from sqlalchemy import text

from nmo_identity.oidc_provider.minting import Mint
from nmo_kit import clock
from nmo_kit.db import Database
from nmo_kit.safe_http import AddressRefused, post

logger = structlog.get_logger(__name__)
AT_ONCE = 20
LEASE = timedelta(seconds=30)
TIMEOUT_S = 5.0
WAITS = (5, 30, 120, 600)
"""Seconds after the first, second, … attempt; after the last one the partner's own limit ends the session there."""
FINAL = frozenset({200, 204, 400})
"""Done, or (400) the partner says that it cannot do it: it will not get better by repeating."""
CLAIM = text(
    """
    update logout_notice n set attempts = n.attempts + 1, next_attempt_at = :until
    from (select d.id from logout_notice d where d.next_attempt_at <= :now
          order by d.next_attempt_at limit :most for update skip locked) due,
         oidc_client k
    where n.id = due.id and k.client_id = n.client_id
    returning n.id, n.client_id, n.client_sid, n.subject, n.attempts, k.backchannel_logout_uri as uri, k.disabled_at,
      k.id_token_signed_response_alg as algorithm
    """
)
SETTLE = text(
    """
    update logout_notice set result = :result, next_attempt_at = :next_attempt_at, done_at = :done_at
    where id = :id and attempts = :attempts
    """
)
"""Unless it was owed anew while the partner was being told: what they answered is not an answer to that."""


@dataclass(frozen=True, slots=True)
class _Due:
    id: UUID
    client_id: str
    client_sid: UUID
    subject: str
    attempts: int
    uri: str | None
    disabled_at: datetime | None
    algorithm: str


class LogoutSender:
    """Sends what is owed; a slow partner holds up nobody for longer than five seconds."""

    def __init__(self, db: Database, mint: Mint, *, allow_loopback: bool) -> None:
        """`allow_loopback` is for development and tests."""
        self._db = db
        self._mint = mint
        self._allow_loopback = allow_loopback

    async def send_due(self) -> int:
        """Send what is due now; how many were tried. Safe in several processes at once."""
        due = await self._claim()
        await asyncio.gather(*(self._send(one) for one in due))
        return len(due)

    async def _claim(self) -> Sequence[_Due]:
        now = clock.now()
        async with self._db.write() as session:
            found = await session.execute(CLAIM, {"now": now, "until": now + LEASE, "most": AT_ONCE})
            return [_Due(**row) for row in found.mappings()]

    async def _send(self, due: _Due) -> None:
        result = await self._attempt(due)
        over = not result.isdigit() and result in {"disabled", "address_refused"}
        done = over or (result.isdigit() and int(result) in FINAL)
        now = clock.now()
        waits = WAITS[due.attempts - 1] if due.attempts <= len(WAITS) else None
        values: dict[str, Any] = {
            "id": due.id,
            "attempts": due.attempts,
            "result": result,
            "done_at": now if done or waits is None else None,
            "next_attempt_at": None if done or waits is None else now + timedelta(seconds=waits),
        }
        async with self._db.write() as session:
            await session.execute(SETTLE, values)
        logger.info("backchannel_logout", partner=due.client_id, result=result, attempt=due.attempts)

    async def _attempt(self, due: _Due) -> str:
        """The status answered, or why there was none. Each attempt carries a token of its own, two minutes old at most."""
        if due.uri is None or due.disabled_at is not None:
            return "disabled"
        token = await self._mint.logout_token(
            client_id=due.client_id,
            subject=due.subject,
            sid=due.client_sid,
            jti=uuid4(),
            algorithm=due.algorithm,
            now=clock.now(),
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cache-Control": "no-store"}
        try:
            answer = await post(
                due.uri,
                body=urlencode({"logout_token": token}).encode(),
                headers=headers,
                allow_loopback=self._allow_loopback,
                timeout_s=TIMEOUT_S,
            )
        except AddressRefused:
            return "address_refused"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # The pinned resolver's refusal arrives wrapped in the client's own error.
            return "address_refused" if isinstance(error.__cause__, AddressRefused) else type(error).__name__
        return str(answer.status)
