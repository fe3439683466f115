"""P20, T11, T15, I7: what is taken from a person is refused by every part of the portal within seconds."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from nmo_local.paths import LOCAL
from nmo_testkit.wait import until
from tests.conftest import Portal
from tests.e2e.conftest import Arrive
from tests.e2e.people import new_specialist
from tests.security.issuer import Issuer
from tests.security.knocker import Knocker
from tests.security.targets import TARGETS

pytestmark = pytest.mark.e2e
WITHIN_S, AT_THE_GATEWAY_S = 5.0, 2.0
"""Inside five seconds, at the gateway two more than identity's own word takes (security I7)."""
INSIDE = [target for target in TARGETS if target.name not in {"gateway", "catalog"}]
"""The catalogue has one route that reads who asks: the journal, asked below."""
READS = {**{target.name: target.read for target in INSIDE}, "catalog": "/api/v1/catalog/journal"}


async def _refused_after(ask: Callable[[], Awaitable[int]], begun: float) -> float:
    """Seconds until the answer is 401."""

    async def is_refused() -> bool:
        return await ask() == 401

    await until(is_refused, timeout_s=15)
    return time.monotonic() - begun


async def _take_consent(visitor: Knocker, issuer: Issuer, person_id: str) -> None:
    status, body = await visitor.ask("DELETE", "/api/v1/me/consents")
    assert status == 204, body
    del issuer, person_id


async def _take_role(visitor: Knocker, issuer: Issuer, person_id: str) -> None:
    """As an administrator's revocation leaves the tables."""
    del visitor
    await issuer.set_back(person_id, ("update membership set revoked_at = now() where person_id = $1",))


async def _freeze(visitor: Knocker, issuer: Issuer, person_id: str) -> None:
    del visitor
    frozen = (
        "update account set state = 'frozen', frozen_reason = 'risk', frozen_from = 'active', frozen_at = now()"
        " where person_id = $1"
    )
    await issuer.set_back(person_id, (frozen,))


LOSSES = {"consent": _take_consent, "role": _take_role, "account": _freeze}


@pytest.mark.req("P20", "P14", "P21", "T11", "T15")
@pytest.mark.parametrize("what", LOSSES)
async def test_what_is_taken_is_refused_everywhere_at_once(
    portal: Portal, arrive: Arrive, issuer: Issuer, http: aiohttp.ClientSession, what: str
) -> None:
    del arrive
    person = await new_specialist(portal)
    if what == "role":
        await issuer.grant(person.snils, "hr", portal.organization_id)
    async with Knocker(person.key) as visitor:
        me = await visitor.enter()
        outside = (await issuer.outside_tokens(visitor))["access_token"]
        tokens = {name: await issuer.hop_token(outside, name) for name in READS}

        def inside(name: str) -> Callable[[], Awaitable[int]]:
            async def ask() -> int:
                headers = {"Authorization": f"Bearer {tokens[name]}"}
                async with http.get(portal.address(name) + READS[name], headers=headers) as answer:
                    return answer.status

            return ask

        for name in READS:
            assert await inside(name)() == 200, name
        begun = time.monotonic()
        await LOSSES[what](visitor, issuer, str(me["person_id"]))
        took = dict(
            zip(
                READS,
                await asyncio.gather(*(_refused_after(inside(name), begun) for name in READS)),
                strict=True,
            )
        )
        assert max(took.values()) <= WITHIN_S, took
        if what == "account":
            assert await _refused_after(lambda: _status(visitor), begun) <= WITHIN_S + AT_THE_GATEWAY_S
        else:
            assert await _status(visitor) == 200, (
                "whoever only lost a right goes on with a new token, unasked"
            )
    _report(what, took)


async def _status(visitor: Knocker) -> int:
    return (await visitor.knock("GET", "/api/v1/me", None))[0]


def _report(what: str, took: dict[str, float]) -> None:
    report = LOCAL / "reports" / f"loss_{what}.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps({name: round(seconds, 2) for name, seconds in took.items()}, indent=2))
