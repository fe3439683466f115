"""ROL-01 on the running system: each line of the reviewed matrix, asked for by each kind of caller through the gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from tests.authz import Row, matrix
from tests.conftest import Portal
from tests.e2e.conftest import Arrive
from tests.e2e.partner_system import PartnerSystem, register
from tests.e2e.people import new_person, new_specialist
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"
ROWS = [row for row in matrix() if row.path.startswith("/api/v1/") and not row.path.endswith("/stream")]
STAFF = ("org-staff", "org-admin", "head", "hr", "support", "admin")
PEOPLE = ("unconfirmed", "no consent", "conflict", "weak", "not in the register", "specialist", *STAFF)
CALLERS = ("guest", *PEOPLE, "partner")
Ask = Callable[[str, str, Any], Awaitable[tuple[int, Any]]]

STATES: dict[str, tuple[str, bool]] = {
    "unconfirmed": ("unconfirmed", False),
    "no consent": ("unmatched", False),
    "conflict": ("conflict", True),
    "weak": ("weak", True),
    "not in the register": ("limited", True),
    "specialist": ("full", True),
    **dict.fromkeys(STAFF, ("full", True)),
}
"""State of entry and consent of each caller."""


async def _make(portal: Portal, kind: str) -> str:
    """Key of a person of that kind."""
    if kind in STAFF:
        return kind
    if kind == "not in the register":
        return (await new_person(portal, in_register=False)).key
    card: dict[str, dict[str, Any]] = {"conflict": {"patronymic": "Степанович"}, "weak": {"patronymic": None}}
    person = await new_specialist(portal, trusted=kind != "unconfirmed", card=card.get(kind))
    return person.key


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def callers(portal: Portal) -> AsyncIterator[dict[str, Ask]]:
    """One of each kind, signed in."""
    async with AsyncExitStack() as stack:
        found: dict[str, Ask] = {}
        for kind in PEOPLE:
            visitor = await stack.enter_async_context(Visitor(await _make(portal, kind)))
            if kind == "no consent":
                await visitor.sign_in()
            else:
                await visitor.enter()
            found[kind] = _asker(visitor)
        admin = await stack.enter_async_context(Visitor("admin"))
        await admin.enter()
        partner: PartnerSystem = await stack.enter_async_context(await register(portal, admin))
        await partner.sign_in()
        found["partner"] = partner.ask
        client = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))

        async def as_guest(method: str, path: str, body: Any) -> tuple[int, Any]:
            async with client.request(method, portal.url + path, json=body, allow_redirects=False) as answer:
                return answer.status, await answer.json(content_type=None)

        found["guest"] = as_guest
        yield found


def _asker(visitor: Visitor) -> Ask:
    async def ask(method: str, path: str, body: Any) -> tuple[int, Any]:
        return await visitor.patient_ask(method, path, body)

    return ask


def passes(row: Row, kind: str, roles: set[str]) -> bool:
    """Whether the line lets the caller through."""
    if not row.roles:
        return True
    if kind == "guest":
        return False
    entry, consent = STATES.get(kind, ("full", True))
    return bool(entry in row.entry and roles & row.roles and (consent or not row.consent) and not row.systems)


ROLES: dict[str, set[str]] = {
    "guest": set(),
    "unconfirmed": {"person"},
    "partner": {"partner"},
    **{
        kind: {"person", "specialist"}
        for kind in ("no consent", "conflict", "weak", "not in the register", "specialist")
    },
    **{kind: {"person", kind.replace("-", "_")} for kind in STAFF},
}


@pytest.mark.req("ROL-01", "SSO-02", "SSO-04", "MAT-01")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_line_holds_for_each_caller(callers: dict[str, Ask], row: Row) -> None:
    path = row.path.replace("{kind}", "application").replace("{book}", "regions")
    while "{" in path:
        start, _, rest = path.partition("{")
        path = start + UNKNOWN + rest.partition("}")[2]
    for kind in CALLERS:
        through = passes(row, kind, ROLES[kind])
        if through and row.method != "GET":
            continue  # what it does is told elsewhere; here nothing shall happen
        status, answer = await callers[kind](
            row.method, path, {} if row.method in {"POST", "PATCH"} else None
        )
        if through:
            assert status in {200, 400, 404, 422}, f"{kind}: {status} {answer}"
        else:
            assert status == (401 if kind == "guest" else 403), f"{kind}: {status} {answer}"
            assert answer["code"] in {"unauthenticated", "forbidden", "consent_required", "entry_restricted"}
            assert (answer["type"], answer["status"]) == (f"/problems/{answer['code']}", status)


@pytest.mark.req("ROL-01")
@pytest.mark.parametrize(
    "path",
    [
        "/internal/providers", "/internal/login/start", "/internal/persons/disclose", "/internal/match", "/internal/sync",
        "/internal/sync/run", "/api/v1/internal/providers", "/metrics/identity", "/api/v1/unknown", "/api/v2/me",
        "/api/v1/me/../../../internal/providers", "/api/v1/catalog/%2e%2e/%2e%2e/%2e%2e/internal/providers",
    ],
)  # fmt: skip
async def test_nothing_internal_is_reached_through_the_gateway(
    portal: Portal, arrive: Arrive, http: aiohttp.ClientSession, path: str
) -> None:
    admin = await arrive("admin")
    await admin.enter()
    cookie = "; ".join(f"{name}={value}" for name, value in admin.cookies().items())
    for sent in ({}, {"Cookie": cookie}):
        for method in ("GET", "POST"):
            address = URL(portal.url + path, encoded=True)
            async with http.request(method, address, headers=sent, allow_redirects=False) as answer:
                assert answer.status in {400, 401, 403, 404, 405}, f"{method} {sent.keys()}: {answer.status}"


@pytest.mark.req("ROL-01")
@pytest.mark.parametrize(
    "name", ["identity", "registry", "cycles", "catalog", "applications", "notifications"]
)
async def test_services_themselves_refuse_what_the_gateway_did_not_sign(
    portal: Portal, http: aiohttp.ClientSession, callers: dict[str, Ask], name: str
) -> None:
    for row in matrix():
        if row.service != name or not row.roles or "{" in row.path or row.path.endswith("/stream"):
            continue
        for sent in (
            {},
            {"Authorization": "Bearer made.up.token"},
            {"X-Forwarded-User": "admin", "X-Role": "admin"},
        ):
            async with http.request(row.method, portal.address(name) + row.path, headers=sent) as answer:
                assert answer.status == 401, row.name
