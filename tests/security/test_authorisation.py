"""T14, T15, T18: every route × every kind of caller × own and other object, on the running system."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from nmo_local.paths import LOCAL
from tests.authz import matrix
from tests.conftest import Portal
from tests.security.bodies import BODIES
from tests.security.cells import FIRST, OUTSIDE, Cell, cells
from tests.security.knocker import ask
from tests.security.world import World, make_world

pytestmark = pytest.mark.e2e
ENOUGH = 1_500
TECHNICAL = {"/livez", "/readyz", "/metrics", "/openapi.json"}
AT_ONCE, AT_ONCE_INSIDE = 6, 3
LAST = ("/api/v1/me/match/confirm", "/api/v1/me/refresh", "/api/v1/me/consents")
"""These change the session of whoever asks, so they come when nothing is asked any more."""
ABSENT = (
    "{code}",
    "{record_id}",
    "{account_id}",
    "{change_id}",
    "{letter_id}",
    "{document_id}",
    "{client_id}",
    "{method}",
    "portal-requests",
)
"""What these name is made up, so nobody finds anything there."""
NARROWER = {"/api/v1/registrations/resend"}
"""Only accounts of this portal have an address that waits for a confirmation: the route itself refuses the others."""
STEP = "step_up_required"
"""A caller who may act, but signed in too long ago for this act: the session of a test grows older than five minutes."""
PROVEN = {"/oauth2/token", "/oauth2/userinfo", "/oauth2/introspect", "/oauth2/revoke"}
CODES = {
    401: {"unauthenticated", "token_refused"},
    403: {"forbidden", "consent_required", "entry_restricted"},
    404: {"not_found", "session_unknown"},
}
HEADERS = {
    "X-Forwarded-User": "admin",
    "X-Role": "admin",
    "X-Client-Id": "gateway",
    "X-Original-URI": "/livez",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(portal: Portal) -> AsyncIterator[World]:
    """Callers and things, for all tests of this file."""
    async with AsyncExitStack() as stack:
        yield await make_world(portal, stack)


class Asker:
    """Asks the question of a cell and tells what is wrong with the answer."""

    def __init__(self, portal: Portal, world: World, http: aiohttp.ClientSession) -> None:
        """Take the running system, who asks, and a client for what goes past the gateway."""
        self._portal, self._world, self._http = portal, world, http
        self._places = asyncio.Semaphore(AT_ONCE)
        self.asked = 0

    async def fault(self, cell: Cell) -> str | None:
        """None where the answer is what the matrix says."""
        path = cell.row.path.format(**self._world.ids[cell.whose or FIRST])
        body = self._body(cell)
        async with self._places:
            status, code = await self._answer(cell, path, body)
        self.asked += 1
        if cell.expected:
            # What the gateway does not know as an interface of its own, it answers for people: a page has no code.
            is_page = status == 404 and not path.startswith("/api/") and not cell.inside
            fits = status == cell.expected and (is_page or code in CODES[status])
            # The age of the sign-in is asked before the thing is looked for: a stranger is refused either way.
            fits = fits or (cell.expected == 404 and (status, code) == (403, STEP))
        else:
            is_told = (status == 404 and code not in {"", "not_found"}) or (status, code) == (403, STEP)
            fits = status < 500 and (
                status not in {401, 403, 404, 405} or is_told or _is_protocol(cell, status)
            )
        return None if fits else f"{cell.name}: {status} {code}, not {cell.expected or 'let in'}"

    def _body(self, cell: Cell) -> dict[str, object] | None:
        """One that is taken where nothing may come of it, so that the answer is about the object; a wrong one elsewhere."""
        if cell.row.method not in {"POST", "PATCH"}:
            return None
        if cell.expected == 404:
            return BODIES.get(cell.row.action, {})
        return {"unexpected": True}

    async def _answer(self, cell: Cell, path: str, body: Any) -> tuple[int, str]:
        if not cell.inside:
            return await self._world.outside[cell.kind.name].knock(cell.row.method, path, body)
        address = self._portal.address(cell.row.service) + path
        return await ask(self._http, cell.row.method, address, body, self._headers(cell))

    def _headers(self, cell: Cell) -> dict[str, str]:
        if cell.kind.name == "garbage bearer":
            return {"Authorization": "Bearer made.up.token"}
        if cell.kind.name == "headers made up":
            return HEADERS
        if not cell.kind.is_known:
            return {}
        return {"Authorization": f"Bearer {self._world.token(cell.kind, cell.row.service)}"}


def _is_protocol(cell: Cell, status: int) -> bool:
    """Refusals that are not the matrix's: a client that proves nothing to OAuth, a code that nobody gave out."""
    if status == 403 and cell.row.path in NARROWER:
        return cell.kind.entry != "unverified"
    return (status == 401 and cell.row.path in PROVEN) or (
        status == 404 and any(part in cell.row.path for part in ABSENT)
    )


async def _in_turn(asker: Asker, asked: Iterable[Cell]) -> list[str]:
    return [fault for cell in asked if (fault := await asker.fault(cell))]


@pytest.mark.req("ROL-01", "SSO-02", "SSO-04", "MAT-01", "P05", "P20", "T14", "T15", "T18")
async def test_each_cell_is_answered_as_the_matrix_says(
    portal: Portal, world: World, http: aiohttp.ClientSession
) -> None:
    every = list(cells())
    assert len(every) >= ENOUGH
    asker = Asker(portal, world, http)
    harmless = [cell for cell in every if not cell.leaves_traces]
    inside = [cell for cell in harmless if cell.inside]
    lanes = [[cell for cell in harmless if not cell.inside and cell.kind is kind] for kind in OUTSIDE]
    lanes += [inside[start::AT_ONCE_INSIDE] for start in range(AT_ONCE_INSIDE)]
    told = await asyncio.gather(*(_in_turn(asker, lane) for lane in lanes))
    faults = [fault for lane in told for fault in lane]
    rest = sorted(
        (cell for cell in every if cell.leaves_traces),
        key=lambda cell: (cell.row.path in LAST, cell.row.method == "DELETE", -len(cell.row.path)),
    )
    faults += await _in_turn(asker, rest)
    assert not faults, "\n".join(faults)
    assert asker.asked == len(every)
    _report(every)


def _report(every: list[Cell]) -> None:
    report = LOCAL / "reports" / "authorisation.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    outcomes = Counter(str(cell.expected or "let in") for cell in every)
    told = {"cells": len(every), "routes": len(matrix()), "expected": outcomes, "wrong": 0}
    report.write_text(json.dumps(told, indent=2))
    print(f"{told['cells']} cells of {told['routes']} routes")  # noqa: T201 the figure of the run


@pytest.mark.req("ROL-01")
@pytest.mark.parametrize("service", sorted({row.service for row in matrix()}))
async def test_running_service_has_the_routes_of_the_matrix(
    portal: Portal, http: aiohttp.ClientSession, service: str
) -> None:
    async with http.get(f"{portal.address(service)}/openapi.json") as answer:
        document = await answer.json()
    running = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    reviewed = {(row.method, row.path) for row in matrix() if row.service == service}
    assert {found for found in running if found[1] not in TECHNICAL} == reviewed
    assert reviewed
