"""Bad input at every route of every OpenAPI document, sent as the right caller: refused as a problem, never a fault of ours."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from nmo_kit.http import ServiceTokens
from nmo_local.paths import LOCAL
from nmo_testkit import wait
from tests.authz import Row, matrix
from tests.conftest import Portal
from tests.e2e import steps
from tests.e2e.hostile import Bad, Operation
from tests.e2e.partner_system import register
from tests.e2e.people import new_specialist
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
PROBLEM = "application/problem+json"
OAUTH = ("/oauth2/", "/.well-known/")
ROWS = [
    row
    for row in matrix()
    # A stream takes no body and never ends; identity signs its own tokens, so nobody outside it may call in its name.
    if not row.path.endswith("/stream") and row.systems != {"identity"}
]
TOO_MANY = 429
CLOSED = '"login_locked"'
Headers = Callable[[], Awaitable[dict[str, str]]]


@dataclass(slots=True)
class World:
    """Callers, and ids of things that are theirs."""

    headers: dict[str, Headers]
    there: dict[str, str]
    documents: dict[str, dict[str, Any]]
    client: aiohttp.ClientSession


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(portal: Portal) -> AsyncIterator[World]:
    """A specialist with a cycle, a plan and two applications, their organisation, an administrator, a partner."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=30)
            )
        )
        documents = {}
        for row in matrix():
            if row.service not in documents:
                async with client.get(f"{portal.address(row.service)}/openapi.json") as answer:
                    documents[row.service] = await answer.json()
        person = await new_specialist(portal)
        visitor = await stack.enter_async_context(Visitor(person.key))
        staff = await stack.enter_async_context(Visitor("org-staff"))
        admin = await stack.enter_async_context(Visitor("admin"))
        for someone in (visitor, staff, admin):
            await someone.enter()
        partner = await stack.enter_async_context(await register(portal, admin))
        await partner.sign_in()
        await partner.subscribe("webhook", url=partner.receiver_url)
        there = await _belongings(portal, visitor, person) | {
            "subscription_id": partner.subscriptions["webhook"],
            "book": "regions",
            "kind": "application",
            "type_name": "cycles.cycle.opened.v1",
        }
        headers = {
            "everybody": _fixed({}),
            "person": _fixed(_session(visitor)),
            "specialist": _fixed(_session(visitor)),
            "org_staff": _fixed(_session(staff)),
            "admin": _fixed(_session(admin)),
            "partner": _fixed(partner.bearer()),
        }
        yield World(headers, there, documents, client)


async def _belongings(portal: Portal, visitor: Visitor, person: Any) -> dict[str, str]:
    cycle = await steps.open_cycle(visitor, portal, person)
    (element, *_) = await steps.search(visitor, portal, person)
    chosen = await steps.choose(visitor, cycle["cycle_id"], element)
    await steps.fill(visitor, chosen)
    return {
        "cycle_id": cycle["cycle_id"],
        "plan_item_id": chosen.plan_item_id,
        "application_id": chosen.application_id,
        "element_id": element["element_id"],
        "organization_id": portal.organization_id,
    }


def _session(visitor: Visitor) -> dict[str, str]:
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies().items())
    return {"Cookie": cookie, **visitor.unsafe_headers()}


def _fixed(headers: dict[str, str]) -> Headers:
    async def give() -> dict[str, str]:
        return headers

    return give


def _of_service(portal: Portal, row: Row) -> Headers:
    """Headers of a service that the line lets in."""
    client_id = min(row.systems or {"applications"})
    tokens = ServiceTokens(
        client_id=client_id,
        key_file=LOCAL / "secrets" / f"{client_id}.pem",
        identity_url=portal.address("identity"),
        issuer=portal.url,
    )

    async def give() -> dict[str, str]:
        return {"Authorization": f"Bearer {await tokens.get(row.service)}"}

    return give


@pytest.mark.req("ROL-01", "GWY-01", "P25")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_bad_input_is_refused_and_never_our_fault(portal: Portal, world: World, row: Row) -> None:
    internal = row.path.startswith("/internal/")
    caller = next((role for role in world.headers if role in row.roles), "everybody")
    headers = _of_service(portal, row) if internal else world.headers[caller]
    base = portal.address(row.service) if internal else portal.url
    operation = Operation(row.method, row.path, world.documents[row.service], world.there)
    faults = []
    for bad in operation.requests():
        found = await _send(world.client, row.method, base, bad, await headers())
        if found is not None:
            faults.append(found)
    assert faults == []


async def _send(
    client: aiohttp.ClientSession, method: str, base: str, bad: Bad, headers: dict[str, str]
) -> str | None:
    """What was wrong with the answer, if anything."""

    async def answered() -> tuple[int, str, str] | None:
        async with client.request(
            method,
            URL(base + bad.path, encoded=True),
            data=None if bad.body is None else io.BytesIO(bad.body),
            headers={**headers, **bad.headers},
            allow_redirects=False,
            skip_auto_headers=["Content-Type"],
        ) as answer:
            found = answer.status, answer.content_type, await answer.text(errors="replace")
        # A way in that closed after wrong tries is an answer; a limit of requests passes.
        return None if found[0] == TOO_MANY and CLOSED not in found[2] else found

    found = await wait.until(answered, timeout_s=60, every_s=0.5)
    assert found is not None
    status, kind, text = found
    if status >= 500:
        return f"{bad.what}: {status} {text[:300]}"
    if bad.refused and status < 400:
        return f"{bad.what}: accepted with {status}"
    if status >= 400 and not bad.path.startswith(OAUTH):
        if kind != PROBLEM:
            return f"{bad.what}: {status} as {kind}"
        problem = json.loads(text)
        if not {"type", "title", "status", "detail", "code"} <= set(problem) or problem["status"] != status:
            return f"{bad.what}: {problem}"
        if any(
            word in text for word in ("Traceback", "sqlalchemy", "asyncpg", "pydantic", "SELECT ", "nmo_")
        ):
            return f"{bad.what}: tells too much: {text[:300]}"
    return None
