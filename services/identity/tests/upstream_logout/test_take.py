"""Back-channel logout of a provider: believed only when all of it holds, once, for its own people (T02, T11).

And the other way: who signs out here is led to the provider's sign-out, if it tells where that is.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from aiohttp import web
from joserfc.jwk import ECKey
from sqlalchemy import text

from nmo_identity.oidc_client import connector as oidc_connector
from nmo_identity.oidc_client.connector import OidcConnector
from nmo_identity.providers.config import OidcConfig
from nmo_kit import clock

pytestmark = pytest.mark.req("T02", "T11", "SSO-07")
EVENT = "http://schemas.openid.net/event/backchannel-logout"
KEY = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
STRANGE = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})


def plain(base: str, folder: Path) -> OidcConnector:
    """A connector of the provider at this address."""
    (folder / "secret").write_text("s" * 40)
    config = OidcConfig.model_validate(
        {
            "key": "plain",
            "kind": "oidc",
            "title": "Обычный",
            "base_url": base,
            "issuer": base,
            "client_id": "portal",
            "scopes": "openid",
            "client_secret_file": folder / "secret",
        }
    )
    return OidcConnector(config)


@pytest_asyncio.fixture(loop_scope="session")
async def issuer(portal: Any, helpers: Any, tmp_path: Path) -> AsyncIterator[str]:
    """A plain provider of the running identity; its issuer."""
    urls: list[str] = []

    async def configuration(_: web.Request) -> web.Response:
        url = urls[0]
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint")
        return web.json_response({"issuer": url, **{name: f"{url}/{name}" for name in names}})

    async def jwks(_: web.Request) -> web.Response:
        return web.json_response({"keys": [KEY.as_dict(private=False)]})

    routes = [web.get("/.well-known/openid-configuration", configuration), web.get("/jwks_uri", jwks)]
    async with helpers.served(routes) as base:
        urls.append(base)
        connector = plain(base, tmp_path)
        portal.runtime.extras["providers"]["plain"] = connector
        yield base
        del portal.runtime.extras["providers"]["plain"]
        await connector.close()


async def signed_in(portal: Any, issuer: str, subject: str, provider_session: str) -> dict[str, Any]:
    """A session that was opened through the provider."""
    session: dict[str, Any] = (
        await portal.sign_in(
            oid=1_000_400_000 + int(subject.partition("-")[2]), snils=None, lastName=f"Сова{subject[-1]}"
        )
    )["session"]
    async with portal.db.write() as db:
        await db.execute(
            text(
                "update account set issuer = :issuer, subject = :subject, provider_key = 'plain' "
                "where id = (select account_id from auth_session where sid = :sid)"
            ),
            {"issuer": issuer, "subject": subject, "sid": session["sid"]},
        )
        await db.execute(
            text("update auth_session set provider_key = 'plain', provider_session = :name where sid = :sid"),
            {"name": provider_session, "sid": session["sid"]},
        )
    return session


def token(
    helpers: Any, issuer: str, *, key: Any = KEY, header: dict[str, Any] | None = None, **claims: Any
) -> str:
    now = int(clock.now().timestamp())
    values = {
        "iss": issuer,
        "aud": "portal",
        "iat": now,
        "exp": now + 120,
        "jti": str(uuid4()),
        "events": {EVENT: {}},
        "sub": "u-1",
        **claims,
    }
    present = {name: value for name, value in values.items() if value is not None}
    made: str = helpers.sign({"kid": "k1", "typ": "logout+jwt", **(header or {})}, present, key, "ES256")
    return made


async def send(portal: Any, logout_token: str, provider: str = "plain") -> httpx2.Response:
    answer: httpx2.Response = await portal.client.post(
        "/internal/login/backchannel",
        json={"provider": provider, "logout_token": logout_token},
        headers=await portal.service_headers(),
    )
    return answer


async def live(portal: Any, session: dict[str, Any]) -> bool:
    return bool((await portal.exchange(session["handle"])).status_code == 200)


async def test_person_or_session_named_is_signed_out(portal: Any, helpers: Any, issuer: str) -> None:
    one, other = await signed_in(portal, issuer, "u-1", "s-1"), await signed_in(portal, issuer, "u-2", "s-2")
    elsewhere = (await portal.sign_in(oid=1000400900, snils=None, lastName="Иная"))["session"]
    answer = await send(portal, token(helpers, issuer))
    assert answer.json() == {"ended": 1}
    assert [await live(portal, session) for session in (one, other, elsewhere)] == [False, True, True]
    assert (await send(portal, token(helpers, issuer, sub=None, sid="s-2"))).json() == {"ended": 1}
    assert [await live(portal, session) for session in (other, elsewhere)] == [False, True]
    rows = await portal.journal("action = 'session.ended'")
    assert [(row["actor"], row["reason"]) for row in rows] == [("provider.plain", "provider_logout")] * 2


async def test_session_of_another_person_is_not_ended_by_its_name(
    portal: Any, helpers: Any, issuer: str
) -> None:
    other = await signed_in(portal, issuer, "u-2", "s-2")
    assert (await send(portal, token(helpers, issuer, sub="u-1", sid="s-2"))).json() == {"ended": 0}
    assert await live(portal, other)


async def test_token_is_taken_once(portal: Any, helpers: Any, issuer: str) -> None:
    sent = token(helpers, issuer)
    answers = await asyncio.gather(*(send(portal, sent) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400]
    again = await signed_in(portal, issuer, "u-1", "s-9")
    assert (await send(portal, sent)).json()["code"] == "logout_token_invalid"
    assert await live(portal, again), "a token of before ends no session of after"
    assert {row["reason"] for row in await portal.journal("action = 'login.refused'")} == {
        "logout_token_invalid:logout_replayed"
    }


NOW = int(clock.now().timestamp())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"header": {"typ": "JWT"}}, "logout_type"),
        ({"header": {"typ": "at+jwt"}}, "logout_type"),
        ({"key": STRANGE}, "signature"),
        ({"iss": "http://evil.example"}, "logout_issuer"),
        ({"aud": "other"}, "logout_audience"),
        ({"aud": ["portal", "other"]}, "logout_audience"),
        ({"events": None}, "logout_event"),
        ({"events": {"x": {}}}, "logout_event"),
        ({"events": {EVENT: "yes"}}, "logout_event"),
        ({"nonce": "n"}, "logout_nonce"),
        ({"sub": None}, "logout_nobody"),
        ({"sub": 7}, "logout_sub"),
        ({"sub": ""}, "logout_sub"),
        ({"sid": "x" * 300}, "logout_sid"),
        ({"jti": None}, "logout_id"),
        ({"iat": None}, "id_iat"),
        ({"iat": NOW - 3600}, "logout_age"),
        ({"iat": NOW + 3600}, "logout_age"),
        ({"exp": NOW - 3600}, "logout_expired"),
    ],
)
async def test_forged_token_ends_nothing(
    portal: Any, helpers: Any, issuer: str, changes: dict[str, Any], reason: str
) -> None:
    session = await signed_in(portal, issuer, "u-1", "s-1")
    answer = await send(portal, token(helpers, issuer, **changes))
    assert (answer.status_code, answer.json()["code"]) == (400, "logout_token_invalid")
    assert await live(portal, session)
    (row,) = await portal.journal("action = 'login.refused'")
    assert row["reason"] == f"logout_token_invalid:{reason}"


@pytest.mark.parametrize("provider", ["esia", "nobody"])
async def test_provider_without_a_back_channel(portal: Any, helpers: Any, issuer: str, provider: str) -> None:
    assert (await send(portal, token(helpers, issuer), provider)).json()["code"] == "provider_unknown"


async def sign_out(portal: Any, session: dict[str, Any], reason: str = "logout") -> httpx2.Response:
    answer: httpx2.Response = await portal.client.post(
        "/internal/login/logout",
        json={"handle": session["handle"], "reason": reason},
        headers=await portal.service_headers(),
    )
    return answer


@pytest.mark.req("SSO-10")
async def test_who_signs_out_is_led_on_by_a_process_that_has_just_started(portal: Any, issuer: str) -> None:
    one, other = await signed_in(portal, issuer, "u-1", "s-1"), await signed_in(portal, issuer, "u-2", "s-2")
    ran_out = await sign_out(portal, other, "absolute")
    assert ran_out.json() == {"provider_logout_url": None}, "nobody is there to be sent"
    url = (await sign_out(portal, one)).json()["provider_logout_url"]
    assert url.startswith(f"{issuer}/end_session_endpoint?client_id=portal&post_logout_redirect_uri=")


@pytest.mark.req("SSO-10", "AUD-01")
@pytest.mark.parametrize("fault", ["silent", "failing"])
async def test_who_signs_out_is_signed_out_whatever_the_provider_does(
    portal: Any, helpers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    asked, over = asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(oidc_connector, "SIGN_OUT_S", 0.5)

    async def configuration(_: web.Request) -> web.Response:
        asked.set()
        if fault == "silent":
            await over.wait()
        return web.Response(status=503)

    async with helpers.served([web.get("/.well-known/openid-configuration", configuration)]) as base:
        connector = plain(base, tmp_path)
        monkeypatch.setitem(portal.runtime.extras["providers"], "plain", connector)
        session = await signed_in(portal, base, "u-1", "s-1")
        ending = asyncio.create_task(sign_out(portal, session))
        await asyncio.wait_for(asked.wait(), 10)
        assert not await live(portal, session), "over before the provider has said anything"
        answer = await ending
        over.set()
        await connector.close()
    assert (answer.status_code, answer.json()) == (200, {"provider_logout_url": None})
    assert len(await portal.journal("action = 'logout'")) == 1
