"""Our connector against the plain stand-in, which keeps sessions: what is fresh, what is not, whose sign-out it is."""

import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
import pytest_asyncio
from aiohttp import web
from sqlalchemy import text

from nmo_identity.oidc_client.connector import OidcConnector
from nmo_identity.providers.config import OidcConfig

pytestmark = pytest.mark.req("SSO-07", "P09", "T01")
SECRET = "secret-of-a-test-" + "s" * 20


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


class Stand:
    """The provider, a person's browser at it, and what it told us of sign-outs."""

    def __init__(self, url: str, callback: str) -> None:
        self.url, self.callback = url, callback
        self.browser = httpx2.AsyncClient()
        self.told: list[str] = []

    async def hear(self, request: web.Request) -> web.Response:
        self.told.append(str((await request.post())["logout_token"]))
        return web.Response()

    async def faults(self, **wanted: Any) -> None:
        (await self.browser.put(f"{self.url}/sandbox/faults", json=wanted)).raise_for_status()

    async def go(self, address: str) -> tuple[dict[str, str], bool]:
        """Follow the portal's address; what the browser comes back with, and whether the password was asked for."""
        page = await self.browser.get(address)
        asked = not page.headers["location"].startswith(self.callback)
        if asked:
            form = await self.browser.get(self.url + page.headers["location"])
            hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.text))
            page = await self.browser.post(
                f"{self.url}/login", data={**hidden, "login": "match", "password": "sandbox"}
            )
        assert page.headers["location"].startswith(self.callback), page.text
        return query_of(page.headers["location"]), asked

    async def sign_in_long_ago(self, helpers: Any) -> None:
        """The browser has had a session there for an hour."""
        await self.faults(clock_skew=-3600)
        query = {
            "response_type": "code", "client_id": "nmo", "redirect_uri": self.callback, "scope": "openid",
            "code_challenge": helpers.pkce()[1], "code_challenge_method": "S256",
        }  # fmt: skip
        await self.go(f"{self.url}/authorize?{urlencode(query)}")
        await self.faults()

    async def leave(self) -> None:
        await self.browser.get(f"{self.url}/logout")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox(helpers: Any) -> AsyncIterator[str]:
    """The stand-in as a process of its own."""
    async with helpers.sandbox("oidc") as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def stand(portal: Any, helpers: Any, sandbox: str, tmp_path: Path) -> AsyncIterator[Stand]:
    """A new browser at it, with the portal registered and no fault on."""
    (tmp_path / "secret").write_text(SECRET)
    config = OidcConfig.model_validate(
        {
            "key": "plain", "kind": "oidc", "title": "Обычный", "base_url": sandbox, "issuer": sandbox, "confirmed": True,
            "client_id": "nmo", "scopes": "openid profile email", "client_secret_file": tmp_path / "secret",
        }
    )  # fmt: skip
    connector, found = OidcConnector(config), Stand(sandbox, f"{helpers.issuer}/auth/plain/callback")
    async with helpers.served([web.post("/out", found.hear)]) as base, found.browser:
        body = {
            "client_secret": SECRET,
            "redirect_uris": [found.callback],
            "backchannel_logout_uri": f"{base}/out",
        }
        (await found.browser.put(f"{sandbox}/sandbox/clients/nmo", json=body)).raise_for_status()
        await found.faults()
        portal.runtime.extras["providers"]["plain"] = connector
        yield found
        del portal.runtime.extras["providers"]["plain"]
        await connector.close()


async def post(portal: Any, path: str, **body: Any) -> httpx2.Response:
    answer: httpx2.Response = await portal.client.post(
        path, json={"provider": "plain", **body}, headers=await portal.service_headers()
    )
    return answer


async def sign_in(portal: Any, stand: Stand) -> str:
    flow_id = secrets.token_urlsafe(32)
    address = (await post(portal, "/internal/login/start", flow_id=flow_id)).json()["authorize_url"]
    query, _ = await stand.go(address)
    answer = await portal.finish(flow_id, query, "plain")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["session"]["handle"])


async def confirm(portal: Any, stand: Stand, handle: str) -> tuple[httpx2.Response, bool]:
    """A step-up as the gateway leads through it; whether the provider asked for the password."""
    flow_id = secrets.token_urlsafe(32)
    body = {"flow_id": flow_id, "handle": handle, "signed_out": False}
    address = (await post(portal, "/internal/login/confirm/start", **body)).json()["authorize_url"]
    query, asked = await stand.go(address)
    done = {"flow_id": flow_id, "handle": handle, "query": query, "ip": "203.0.113.9"}
    return await post(portal, "/internal/login/confirm/finish", **done), asked


async def link(portal: Any, stand: Stand, handle: str) -> tuple[httpx2.Response, bool]:
    """Tie the provider to the person of a session."""
    flow_id = secrets.token_urlsafe(32)
    begun = await portal.client.post(
        "/api/v1/me/links",
        json={"provider": "plain", "flow_id": flow_id},
        headers=await portal.headers(handle),
    )
    assert begun.json()["sign_out_url"] is None
    query, asked = await stand.go(begun.json()["authorize_url"])
    return await post(portal, "/internal/links/finish", flow_id=flow_id, handle=handle, query=query), asked


async def auth_time(portal: Any, helpers: Any, handle: str) -> int | None:
    found: int | None = helpers.read_claims((await portal.exchange(handle)).json()["access_token"]).get(
        "auth_time"
    )
    return found


async def age(portal: Any) -> None:
    async with portal.db.write() as session:
        await session.execute(text("update auth_session set auth_time = auth_time - interval '1 hour'"))


async def test_live_session_there_is_asked_for_the_password_and_ours_goes_on(
    portal: Any, helpers: Any, stand: Stand
) -> None:
    """A sign-out there first would have been told to us by the back channel and ended what is to be confirmed."""
    handle = await sign_in(portal, stand)
    await age(portal)
    before = await auth_time(portal, helpers, handle)
    answer, asked = await confirm(portal, stand, handle)
    assert (answer.status_code, asked) == (204, True)
    assert (await auth_time(portal, helpers, handle) or 0) > (before or 0) + 3000
    assert stand.told == []
    later = await sign_in(portal, stand)
    assert await auth_time(portal, helpers, later) is not None, "an ordinary sign-in goes through silently"


@pytest.mark.parametrize("faults", [{"ignores_prompt": True}, {"ignores_prompt": True, "no_auth_time": True}])
async def test_provider_that_lets_pass_silently_confirms_and_ties_nothing(
    portal: Any, helpers: Any, stand: Stand, faults: dict[str, bool]
) -> None:
    """Somebody sits down at a computer that is still signed in there: a token is new each time, the password is not."""
    await stand.sign_in_long_ago(helpers)
    handle = await sign_in(portal, stand)
    await age(portal)
    before = await auth_time(portal, helpers, handle)
    await stand.faults(**faults)
    answer, asked = await confirm(portal, stand, handle)
    assert (asked, answer.status_code, answer.json()["code"]) == (False, 409, "login_not_fresh")
    assert await auth_time(portal, helpers, handle) == before
    other = (await portal.sign_in())["session"]["handle"]
    answer, asked = await link(portal, stand, other)
    assert (asked, answer.status_code, answer.json()["code"]) == (False, 403, "link_not_fresh")


async def test_sign_in_of_unknown_age_is_too_old_for_risky_actions(
    portal: Any, helpers: Any, stand: Stand
) -> None:
    await stand.faults(no_auth_time=True)
    handle = await sign_in(portal, stand)
    assert await auth_time(portal, helpers, handle) is None
    headers = await portal.headers(handle)
    (item,) = (await portal.client.get("/api/v1/me/sessions", headers=headers)).json()["items"]
    assert item["confirmed_at"] is None
    body = {"provider": "esia", "flow_id": secrets.token_urlsafe(32)}
    risky = await portal.client.post("/api/v1/me/links", json=body, headers=headers)
    assert (risky.status_code, risky.json()["code"]) == (403, "step_up_required")
    await stand.faults()
    assert (await confirm(portal, stand, handle))[0].status_code == 204
    body["flow_id"] = secrets.token_urlsafe(32)
    risky = await portal.client.post("/api/v1/me/links", json=body, headers=await portal.headers(handle))
    assert risky.status_code == 201, risky.text


@pytest.mark.req("T11")
@pytest.mark.parametrize("way", ["signing in", "tying", "confirming"])
async def test_sign_out_there_ends_the_session_here_by_its_name(
    portal: Any, helpers: Any, stand: Stand, way: str
) -> None:
    """Each way that a session comes to the provider's notice leaves its name with ours (Back-Channel Logout 2.7)."""
    if way == "tying":
        answer, asked = await link(portal, stand, (await portal.sign_in())["session"]["handle"])
        assert (answer.status_code, asked) == (200, True), answer.text
        handle = answer.json()["session"]["handle"]
    else:
        handle = await sign_in(portal, stand)
    if way == "confirming":
        stand.browser.cookies.clear()
        assert (await confirm(portal, stand, handle))[0].status_code == 204
    await stand.leave()
    token = stand.told[-1]
    assert helpers.read_claims(token)["sid"]
    assert (await post(portal, "/internal/login/backchannel", logout_token=token)).json() == {"ended": 1}
    assert (await portal.exchange(handle)).json()["error"] == "invalid_grant"
