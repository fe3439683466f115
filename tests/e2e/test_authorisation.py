"""ROL-01: what is not for the outside is not reached from there. Who may do what: `tests/security/test_authorisation.py`."""

from __future__ import annotations

import aiohttp
import pytest
from yarl import URL

from tests.conftest import Portal
from tests.e2e.conftest import Arrive

pytestmark = pytest.mark.e2e


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
