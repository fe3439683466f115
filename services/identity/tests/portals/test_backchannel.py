"""Partners are told of a sign-out: a token each time anew, repeated until heard, to a guarded address (security D3)."""

import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import pytest_asyncio
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import text

from nmo_identity.oidc_provider.backchannel import WAITS, LogoutSender
from nmo_identity.oidc_provider.minting import Mint
from nmo_kit import clock

pytestmark = pytest.mark.req("SSO-11", "T11")
EVENT = "http://schemas.openid.net/event/backchannel-logout"
CALLBACK = "http://127.0.0.1:8199/callback"


class Listener:
    """A partner's end: answers as told, keeps what it heard."""

    def __init__(self) -> None:
        self.status = 200
        self.heard: list[str] = []
        self.url = ""

    async def hear(self, request: web.Request) -> web.Response:
        form = parse_qs(await request.text())
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        self.heard.append(form["logout_token"][0])
        return web.Response(status=self.status, headers={"Location": "http://127.0.0.1:1/"})


@pytest_asyncio.fixture(loop_scope="session")
async def listener(helpers: Any, portal: Any) -> AsyncIterator[Listener]:
    found = Listener()
    async with helpers.served([web.post("/out", found.hear)]) as base:
        found.url = base + "/out"
        async with portal.db.write() as session:
            await session.execute(
                text("update oidc_client set backchannel_logout_uri = :uri where client_id = 'nmo-cli'"),
                {"uri": found.url},
            )
        yield found
        async with portal.db.write() as session:
            await session.execute(text("update oidc_client set backchannel_logout_uri = null"))


@pytest.fixture
def sender(portal: Any) -> LogoutSender:
    mint = Mint(portal.runtime.extras["keyring"], "http://127.0.0.1:8080")
    return LogoutSender(portal.db, mint, allow_loopback=True)


async def visited(portal: Any, helpers: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A person signed in at the client: session and tokens."""
    session = (await portal.sign_in())["session"]
    verifier, challenge = helpers.pkce()
    query = {
        "response_type": "code",
        "client_id": "nmo-cli",
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    answer = await portal.client.get(
        "/oauth2/authorize", params=query, headers=await portal.headers(session["handle"])
    )
    code = parse_qs(answer.headers["location"].partition("?")[2])["code"][0]
    form = {
        "grant_type": "authorization_code",
        "client_id": "nmo-cli",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
    }
    return session, (await portal.client.post("/oauth2/token", data=form)).json()


async def sign_out(portal: Any, session: dict[str, Any], reason: str = "logout") -> None:
    await portal.client.post(
        "/internal/login/logout",
        json={"handle": session["handle"], "reason": reason},
        headers=await portal.service_headers(),
    )


async def rows(portal: Any) -> list[dict[str, Any]]:
    async with portal.db.read() as session:
        found = await session.execute(text("select * from logout_notice order by created_at"))
        return [dict(row) for row in found.mappings()]


async def test_portal_hears_of_the_sign_out(
    portal: Any, helpers: Any, listener: Listener, sender: LogoutSender
) -> None:
    session, tokens = await visited(portal, helpers)
    await visited(portal, helpers)
    assert await sender.send_due() == 0
    await sign_out(portal, session)
    assert await sender.send_due() == 1, "of the session that ended, not of the other"
    (token,) = listener.heard
    header = json.loads(urlsafe_b64decode(token.split(".")[0] + "=="))
    assert (header["typ"], header["alg"]) == ("logout+jwt", "ES256")
    jwks = (await portal.client.get("/oauth2/jwks")).json()
    claims = jwt.decode(token, KeySet.import_key_set(jwks), algorithms=["ES256"]).claims
    known = helpers.read_claims(tokens["id_token"])
    assert {name: claims[name] for name in ("iss", "aud", "sub", "sid", "events")} == {
        "iss": known["iss"],
        "aud": "nmo-cli",
        "sub": known["sub"],
        "sid": known["sid"],
        "events": {EVENT: {}},
    }
    assert "nonce" not in claims
    assert 0 < claims["exp"] - claims["iat"] <= 120
    assert claims["jti"]
    (row,) = await rows(portal)
    assert (row["result"], row["next_attempt_at"], row["attempts"]) == ("200", None, 1)
    assert await sender.send_due() == 0


async def test_deaf_portal_is_told_again_with_a_fresh_token_and_given_up_at_last(
    portal: Any, helpers: Any, listener: Listener, sender: LogoutSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, _ = await visited(portal, helpers)
    listener.status = 503
    await sign_out(portal, session)
    now = clock.now()
    for wait in (0, *WAITS):
        now += timedelta(seconds=wait)
        monkeypatch.setattr("nmo_identity.oidc_provider.backchannel.clock.now", lambda moment=now: moment)
        if wait:
            before = now - timedelta(seconds=1)
            monkeypatch.setattr(
                "nmo_identity.oidc_provider.backchannel.clock.now", lambda moment=before: moment
            )
            assert await sender.send_due() == 0, "not before its time"
            monkeypatch.setattr("nmo_identity.oidc_provider.backchannel.clock.now", lambda moment=now: moment)
        assert await sender.send_due() == 1
    now += timedelta(days=1)
    assert await sender.send_due() == 0
    names = [helpers.read_claims(token)["jti"] for token in listener.heard]
    assert len(set(names)) == len(names) == len(WAITS) + 1
    (row,) = await rows(portal)
    assert (row["result"], row["attempts"]) == ("503", len(WAITS) + 1)
    assert row["done_at"]


@pytest.mark.parametrize(("status", "result"), [(400, "400"), (204, "204")])
async def test_final_answers_are_not_repeated(
    portal: Any, helpers: Any, listener: Listener, sender: LogoutSender, status: int, result: str
) -> None:
    session, _ = await visited(portal, helpers)
    listener.status = status
    await sign_out(portal, session)
    assert await sender.send_due() == 1
    (row,) = await rows(portal)
    assert (row["result"], row["next_attempt_at"]) == (result, None)


@pytest.mark.req("T18")
async def test_redirect_and_inner_addresses_are_not_followed(
    portal: Any, helpers: Any, listener: Listener, sender: LogoutSender
) -> None:
    session, _ = await visited(portal, helpers)
    listener.status = 302
    await sign_out(portal, session)
    await sender.send_due()
    (row,) = await rows(portal)
    assert row["result"] == "302"
    guarded = LogoutSender(portal.db, sender._mint, allow_loopback=False)
    async with portal.db.write() as db:
        await db.execute(
            text("update logout_notice set next_attempt_at = app_now() - interval '1 s', attempts = 0")
        )
    assert await guarded.send_due() == 1
    assert len(listener.heard) == 1
    (row,) = await rows(portal)
    assert (row["result"], row["next_attempt_at"]) == ("address_refused", None)


async def test_session_that_ran_out_is_not_announced(
    portal: Any, helpers: Any, listener: Listener, sender: LogoutSender
) -> None:
    session, _ = await visited(portal, helpers)
    await sign_out(portal, session, "idle")
    assert (await portal.exchange(session["handle"])).status_code == 400
    assert await sender.send_due() == 0


async def test_crash_between_sending_and_noting_repeats_the_notice(
    portal: Any, helpers: Any, listener: Listener, sender: LogoutSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, _ = await visited(portal, helpers)
    await sign_out(portal, session)
    (due,) = await sender._claim()
    await sender._attempt(due)
    assert await sender.send_due() == 0, "leased"
    later = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr("nmo_identity.oidc_provider.backchannel.clock.now", lambda: later)
    assert await sender.send_due() == 1
    assert len(listener.heard) == 2
