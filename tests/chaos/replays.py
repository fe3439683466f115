"""Old credentials tried again: cookies of ended sessions, revoked and expired tokens must open nothing (I7)."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

import aiohttp
from joserfc.jwk import ECKey

from nmo_kit.http import ASSERTION_TYPE, client_assertion
from nmo_local import secret_files, system
from tests.chaos.clients import Client
from tests.chaos.history import History
from tests.conftest import Portal
from tests.e2e.visitor import AWAY, AwayError
from tests.leaks.canaries import Canaries, Kind

AGES_S = (3.0, 12.0, 40.0)
"""How old a revoked credential is when it is tried; the first is just past the gateway's grace of 2 s."""
BETWEEN_TOKENS_S = 12.0
EXPIRED_S = 15.0
"""Past the leeway of the verifiers."""
OK = 200


class Replays:
    """Makes credentials, has them revoked, and tries them again and again."""

    def __init__(self, portal: Portal, history: History, canaries: Canaries) -> None:
        """Take the portal's address and where to write down what the old credentials were worth."""
        self._canaries = canaries
        self._portal = portal
        self._history = history
        self._client = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=20)
        )
        self._tasks: set[asyncio.Task[None]] = set()

    async def leave(self, client: Client) -> None:
        """Sign out; the cookies that were, are tried later. An answer that got lost says nothing and counts nothing."""
        cookies = client.cookies()
        self._canaries.add(Kind.COOKIE, *cookies.values())
        with suppress(aiohttp.ClientError, TimeoutError, OSError, AwayError):
            await client.page("/")
            status, address, _ = await client.submit("/logout")
            if status == OK and "out=1" in address:
                header = "; ".join(f"{name}={value}" for name, value in cookies.items())
                self._later("session", "gateway", f"{self._portal.url}/api/v1/me", {"Cookie": header})

    async def take_consent_back(self, client: Client) -> None:
        """Take the consent back; what only a consent opens is asked for again with the same session."""
        await client.withdraw_consent()
        header = "; ".join(f"{name}={value}" for name, value in client.cookies().items())
        self._later("role", "gateway", f"{self._portal.url}/api/v1/register/card", {"Cookie": header})

    async def tokens(self) -> None:
        """Partner's tokens revoked, services' tokens expired, as long as the run lasts."""
        while True:
            with suppress(aiohttp.ClientError, TimeoutError, OSError, KeyError, ValueError):
                await self._revoke_partner_token()
                await self._outlive_service_token()
            await asyncio.sleep(BETWEEN_TOKENS_S)

    async def finish(self) -> None:
        """Let the tries that are due soon be made; the run is calm by now."""
        if self._tasks:
            _, far = await asyncio.wait(self._tasks, timeout=AGES_S[1] + 5)
            for task in far:
                task.cancel()
            await asyncio.gather(*far, return_exceptions=True)
        await self._client.close()

    async def _revoke_partner_token(self) -> None:
        form = {"grant_type": "client_credentials", "scope": "partner"}
        token = (await self._form("/oauth2/token", form))["access_token"]
        self._canaries.add(Kind.TOKEN, token)
        headers = {"Authorization": f"Bearer {token}"}
        target = f"{self._portal.url}/api/v1/partner/subscriptions"
        async with self._client.get(target, headers=headers) as answer:
            if answer.status != OK:
                return
        await self._form("/oauth2/revoke", {"token": token})
        self._later("token", "gateway", target, headers)

    async def _form(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        partner = self._portal.partner
        basic = aiohttp.encode_basic_auth(system.PARTNER, partner["client_secret"])
        async with self._client.post(
            self._portal.url + path, data=form, headers={"Authorization": basic}
        ) as answer:
            answer.raise_for_status()
            text = await answer.read()
            found: dict[str, Any] = await answer.json() if text else {}
            return found

    async def _outlive_service_token(self) -> None:
        """A service's own token, tried at the service after its end."""
        key = ECKey.import_key(secret_files.signing_key("notifications").read_text())
        assertion = client_assertion(key, client_id="notifications", audience=system.PUBLIC_URL)
        form = {
            "grant_type": "client_credentials",
            "client_id": "notifications",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            "audience": "identity",
        }
        async with self._client.post(f"{system.url('identity')}/oauth2/token", data=form) as answer:
            answer.raise_for_status()
            made = await answer.json()
        headers = {"Authorization": f"Bearer {made['access_token']}"}
        body = {"person_ids": [], "purpose": "deliver_message"}
        self._later(
            "service_token",
            "identity",
            f"{system.url('identity')}/internal/persons/disclose",
            headers,
            body=body,
            after_s=float(made["expires_in"]) + EXPIRED_S,
        )

    def _later(self, credential: str, where: str, target: str, headers: dict[str, str], **more: Any) -> None:
        task = asyncio.create_task(self._try(credential, where, target, headers, **more))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try(
        self,
        credential: str,
        where: str,
        target: str,
        headers: dict[str, str],
        *,
        body: Any = None,
        after_s: float = 0.0,
    ) -> None:
        revoked = time.monotonic()
        for age in AGES_S:
            await asyncio.sleep(max(0.0, revoked + after_s + age - time.monotonic()))
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with self._client.request(
                    "POST" if body else "GET", target, json=body, headers=headers
                ) as answer:
                    if answer.status not in AWAY:
                        self._history.write(
                            "replay",
                            credential=credential,
                            age_s=round(time.monotonic() - revoked, 1),
                            where=where,
                            status=answer.status,
                        )
