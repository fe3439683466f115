"""SSO-11: a stock OpenID Connect client (Authlib) signs a person in through the portal and acts for them."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.conftest import Portal
from tests.e2e.conftest import Arrive
from tests.e2e.people import new_specialist
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
CLIENT = "nmo-cli"


def _client(portal: Portal) -> OAuth2Session:
    told = portal.demo["clients"][CLIENT]
    return OAuth2Session(
        CLIENT,
        scope=told["scopes"],
        redirect_uri=told["redirect_uri"],
        code_challenge_method="S256",
        token_endpoint_auth_method="none",
    )


async def _metadata(portal: Portal, http: aiohttp.ClientSession) -> dict[str, Any]:
    async with http.get(f"{portal.url}/.well-known/openid-configuration") as answer:
        found: dict[str, Any] = await answer.json()
    assert found["issuer"] == portal.url
    return found


@pytest.mark.req("SSO-11")
async def test_stock_client_signs_a_person_in(
    portal: Portal, arrive: Arrive, http: aiohttp.ClientSession
) -> None:
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    me = await visitor.enter()
    metadata = await _metadata(portal, http)
    client = _client(portal)
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    address, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    back = await visitor.walk(address, client.redirect_uri)
    answer = parse_qs(urlsplit(back).query)
    assert (answer["state"], answer["iss"]) == ([state], [portal.url])

    token = await asyncio.to_thread(
        client.fetch_token, metadata["token_endpoint"], authorization_response=back, code_verifier=verifier
    )
    async with http.get(metadata["jwks_uri"]) as keys:
        verified = jwt.decode(
            token["id_token"], KeySet.import_key_set(await keys.json()), algorithms=["ES256"]
        )
    claims = verified.claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (portal.url, CLIENT, nonce)
    userinfo = await asyncio.to_thread(client.get, metadata["userinfo_endpoint"])
    assert userinfo.json()["sub"] == claims["sub"]

    mine = await asyncio.to_thread(client.get, f"{portal.url}/api/v1/me")
    assert mine.status_code == 200
    assert mine.json()["person_id"] == me["person_id"]
    cycles = await asyncio.to_thread(client.get, f"{portal.url}/api/v1/cycles")
    assert cycles.json() == {"items": [], "next_cursor": None}


@pytest.mark.req("SSO-11")
async def test_guest_is_sent_to_sign_in_and_comes_back_with_a_code(
    portal: Portal, arrive: Arrive, http: aiohttp.ClientSession
) -> None:
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    await visitor.enter()
    other = await arrive(person.key)
    client = _client(portal)
    metadata = await _metadata(portal, http)
    address, _ = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=secrets.token_urlsafe(48)
    )
    login = await other.walk(address, f"{portal.url}/login")
    (return_to,) = parse_qs(urlsplit(login).query)["return_to"]
    start = f"{portal.url}/auth/esia/start?{urlencode({'return_to': return_to})}"
    back = await other.walk(await other.to_callback(start), client.redirect_uri)
    assert "code" in parse_qs(urlsplit(back).query)


@pytest.mark.req("SSO-11")
@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"code_verifier": "x" * 60}, 400, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8199/other"}, 400, "invalid_grant"),
        ({"client_id": "partner-demo"}, 401, "invalid_client"),
        ({"code": "made-up"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_code_is_good_for_its_own_exchange_only(
    portal: Portal,
    arrive: Arrive,
    http: aiohttp.ClientSession,
    changes: dict[str, str],
    status: int,
    error: str,
) -> None:
    visitor = await arrive((await new_specialist(portal)).key)
    await visitor.enter()
    metadata = await _metadata(portal, http)
    form = await _code_form(portal, visitor, metadata)
    async with http.post(metadata["token_endpoint"], data=form | changes) as answer:
        assert (answer.status, (await answer.json())["error"]) == (status, error)


async def _code_form(portal: Portal, visitor: Visitor, metadata: dict[str, Any]) -> dict[str, str]:
    """What exchanges a fresh code for tokens."""
    client = _client(portal)
    verifier = secrets.token_urlsafe(48)
    address, _ = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    back = await visitor.walk(address, client.redirect_uri)
    return {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(back).query)["code"][0],
        "redirect_uri": client.redirect_uri,
        "client_id": CLIENT,
        "code_verifier": verifier,
    }


async def _status_of_me(portal: Portal, http: aiohttp.ClientSession, token: str) -> int:
    async with http.get(f"{portal.url}/api/v1/me", headers={"Authorization": f"Bearer {token}"}) as answer:
        return answer.status


@pytest.mark.req("SSO-11")
async def test_second_use_of_a_code_ends_what_came_of_the_first(
    portal: Portal, arrive: Arrive, http: aiohttp.ClientSession
) -> None:
    visitor = await arrive((await new_specialist(portal)).key)
    await visitor.enter()
    metadata = await _metadata(portal, http)
    form = await _code_form(portal, visitor, metadata)
    async with http.post(metadata["token_endpoint"], data=form) as answer:
        token = (await answer.json())["access_token"]
    async with http.post(metadata["token_endpoint"], data=form) as answer:
        assert (await answer.json())["error"] == "invalid_grant"
    assert await _status_of_me(portal, http, token) == 401


@pytest.mark.req("SSO-11")
async def test_revoked_token_is_worth_nothing(
    portal: Portal, arrive: Arrive, http: aiohttp.ClientSession
) -> None:
    visitor = await arrive((await new_specialist(portal)).key)
    await visitor.enter()
    metadata = await _metadata(portal, http)
    async with http.post(
        metadata["token_endpoint"], data=await _code_form(portal, visitor, metadata)
    ) as answer:
        token = (await answer.json())["access_token"]
    async with http.post(
        metadata["revocation_endpoint"], data={"token": token, "client_id": CLIENT}
    ) as answer:
        assert answer.status == 200
    assert await _status_of_me(portal, http, token) == 401


@pytest.mark.req("SSO-11")
@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({"redirect_uri": "https://evil.example/callback"}, True),
        ({"redirect_uri": "http://127.0.0.1:8199/callback/../evil"}, True),
        ({"client_id": "nobody"}, True),
        ({"code_challenge": None, "code_challenge_method": None}, False),
        ({"code_challenge_method": "plain"}, False),
        ({"response_type": "token"}, False),
    ],
)
async def test_wrong_request_gives_no_code(
    portal: Portal, arrive: Arrive, changes: dict[str, str | None], stays: bool
) -> None:
    visitor = await arrive((await new_specialist(portal)).key)
    await visitor.enter()
    told = portal.demo["clients"][CLIENT]
    query = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": told["redirect_uri"],
        "scope": told["scopes"],
        "state": "s",
        "code_challenge": create_s256_code_challenge("v" * 50),
        "code_challenge_method": "S256",
    } | changes
    sent = urlencode({name: value for name, value in query.items() if value is not None})
    status, location = await visitor.hop(f"{portal.url}/oauth2/authorize?{sent}")
    if stays:
        assert (status, location) == (400, None), "the browser does not leave the portal"
    else:
        answer = parse_qs(urlsplit(location or "").query)
        assert "error" in answer
        assert "code" not in answer


@pytest.mark.req("SSO-04", "SSO-05")
async def test_consent_taken_back_in_the_browser_holds_for_programs_at_once(
    portal: Portal, arrive: Arrive, http: aiohttp.ClientSession
) -> None:
    visitor = await arrive((await new_specialist(portal)).key)
    await visitor.enter()
    metadata = await _metadata(portal, http)
    async with http.post(
        metadata["token_endpoint"], data=await _code_form(portal, visitor, metadata)
    ) as answer:
        sent = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
    for method, status in (("GET", 200), ("DELETE", 403), ("POST", 200)):
        if method == "DELETE":
            assert (await visitor.ask("DELETE", "/api/v1/me/consents"))[0] == 204
        elif method == "POST":
            await visitor.agree()
        async with http.get(f"{portal.url}/api/v1/cycles", headers=sent) as answer:
            assert answer.status == status
            if status == 403:
                assert (await answer.json())["code"] == "consent_required"
