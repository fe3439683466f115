"""Who calls in generated cases: people and a partner of this run alone, with things of their own to be found."""

from __future__ import annotations

import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from tests.conftest import Portal
from tests.e2e import steps
from tests.e2e.partner_system import PartnerSystem, register
from tests.e2e.people import new_specialist
from tests.e2e.visitor import Visitor

CLIENT = "nmo-cli"
OK = 200
STAFF = ("org-staff", "admin", "support")
ROLES = ("anonymous", "specialist", "org-staff", "partner", "admin", "support")


@dataclass
class Callers:
    """Fresh tokens of every role, asked for before each run: they live for minutes, runs may take hours."""

    portal: Portal
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _people: dict[str, list[Visitor]] = field(default_factory=dict)
    _partner: PartnerSystem | None = None

    async def __aenter__(self) -> Self:
        """Make the people, sign them in, give the specialists a cycle, a plan and applications."""
        for role in STAFF:
            self._people[role] = [await self._enter(role)]
        self._people["specialist"] = [await self._specialist() for _ in range(2)]
        # Consent is taken back in these cases, so they are done by people nobody else needs.
        self._people["specialist of identity"] = [
            await self._enter((await new_specialist(self.portal)).key) for _ in range(2)
        ]
        partner = await register(self.portal, self._people["admin"][0])
        self._partner = await self._stack.enter_async_context(partner)
        return self

    async def __aexit__(self, *reason: object) -> None:
        """Close connections, end the partner's subscriptions."""
        try:
            if self._partner is not None:
                await self._end_subscriptions(self._partner)
        finally:
            await self._stack.aclose()

    async def tokens(self, service: str, role: str) -> list[str]:
        """Access tokens for a run: none for nobody, two for specialists, who are each other's strangers."""
        if role == "anonymous":
            return []
        if role == "partner":
            assert self._partner is not None
            await self._partner.sign_in()
            return [self._partner.bearer()["Authorization"].removeprefix("Bearer ")]
        found = self._people.get(f"{role} of {service}") or self._people[role]
        for visitor in found:
            me = await visitor.get("/api/v1/me")
            if role == "specialist" and not (me["consent"] and me["consent"]["granted"]):
                await visitor.agree()
        return [await access_token(self.portal, visitor) for visitor in found]

    async def _enter(self, key: str) -> Visitor:
        visitor = await self._stack.enter_async_context(Visitor(key))
        await visitor.enter()
        return visitor

    async def _specialist(self) -> Visitor:
        """One with a drafted and a submitted application, so that reads find something."""
        person = await new_specialist(self.portal)
        visitor = await self._enter(person.key)
        cycle = await steps.open_cycle(visitor, self.portal, person)
        submitted, drafted, *_ = await steps.search(visitor, self.portal, person)
        chosen = await steps.choose(visitor, cycle["cycle_id"], submitted)
        await steps.fill(visitor, chosen)
        await steps.submit(visitor, chosen)
        await steps.choose(visitor, cycle["cycle_id"], drafted)
        return visitor

    async def _end_subscriptions(self, partner: PartnerSystem) -> None:
        await partner.sign_in()

        async def listed() -> list[dict[str, Any]] | None:
            status, page = await partner.ask("GET", "/api/v1/partner/subscriptions")
            return page["items"] if status == OK else None

        for made in await steps.wait(listed, "the list of the partner's subscriptions"):
            await partner.ask("DELETE", f"/api/v1/partner/subscriptions/{made['subscription_id']}")


async def access_token(portal: Portal, visitor: Visitor) -> str:
    """What the portal's own OpenID Connect provider gives a program of the signed-in person."""
    told = portal.demo["clients"][CLIENT]
    verifier = secrets.token_urlsafe(48)
    query = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": told["redirect_uri"],
        "scope": told["scopes"],
        "state": "s",
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    back = await visitor.walk(f"{portal.url}/oauth2/authorize?{urlencode(query)}", told["redirect_uri"])
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(back).query)["code"][0],
        "redirect_uri": told["redirect_uri"],
        "client_id": CLIENT,
        "code_verifier": verifier,
    }
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as client,
        client.post(f"{portal.url}/oauth2/token", data=form) as answer,
    ):
        body = await answer.json()
        assert answer.status == OK, body
        return str(body["access_token"])
