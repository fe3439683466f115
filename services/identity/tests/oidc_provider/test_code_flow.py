"""«Войти через портал НМО»: the code flow with a stock client, and the ways to misuse it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
import pytest_asyncio
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import text

CALLBACK = "http://127.0.0.1:8199/callback"
pytestmark = pytest.mark.req("SSO-11")


@pytest_asyncio.fixture(loop_scope="session")
async def handle(portal: Any) -> str:
    """A signed-in, matched person."""
    found: str = (await portal.sign_in())["session"]["handle"]
    await portal.agree(found)
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def stock(portal: Any) -> AsyncIterator[AsyncOAuth2Client]:
    """A stock OAuth client that reaches the portal in this process."""
    transport = portal.client._transport
    async with AsyncOAuth2Client(
        client_id="nmo-cli",
        scope="openid profile api",
        redirect_uri=CALLBACK,
        token_endpoint_auth_method="none",
        code_challenge_method="S256",
        transport=transport,
    ) as client:
        yield client


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def authorize(portal: Any, handle: str | None, **changes: str | None) -> httpx2.Response:
    """The browser's visit, as the gateway passes it on."""
    query: dict[str, str | None] = {
        "response_type": "code",
        "client_id": "nmo-cli",
        "redirect_uri": CALLBACK,
        "scope": "openid profile api",
        "state": "st",
        "nonce": "n-1",
        "code_challenge": changes.pop("challenge", None) or "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        **changes,
    }
    headers = await portal.headers(handle) if handle else {}
    sent = {name: value for name, value in query.items() if value is not None}
    answer: httpx2.Response = await portal.client.get("/oauth2/authorize?" + urlencode(sent), headers=headers)
    return answer


async def code_for(portal: Any, handle: str, challenge: str, **changes: str) -> str:
    return query_of((await authorize(portal, handle, challenge=challenge, **changes)).headers["location"])[
        "code"
    ]


async def redeem(portal: Any, code: str, verifier: str, **changes: str) -> httpx2.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": "nmo-cli",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
        **changes,
    }
    answer: httpx2.Response = await portal.client.post("/oauth2/token", data=form)
    return answer


async def test_stock_client_signs_a_person_in(
    portal: Any, handle: str, stock: AsyncOAuth2Client, helpers: Any
) -> None:
    found = (
        await stock.request(
            "GET", "http://127.0.0.1:8080/.well-known/openid-configuration", withhold_token=True
        )
    ).json()
    assert found["issuer"] == "http://127.0.0.1:8080"
    verifier, _ = helpers.pkce()
    url, state = stock.create_authorization_url(
        found["authorization_endpoint"], code_verifier=verifier, nonce="n-7"
    )
    answer = await portal.client.get(url, headers=await portal.headers(handle))
    assert answer.status_code == 302
    back = answer.headers["location"]
    assert back.startswith(CALLBACK + "?")
    assert query_of(back)["iss"] == found["issuer"]
    token = await stock.fetch_token(
        found["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
    )
    jwks = (await stock.request("GET", found["jwks_uri"], withhold_token=True)).json()
    decoded = jwt.decode(token["id_token"], KeySet.import_key_set(jwks), algorithms=["ES256"])
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"value": found["issuer"]}},
        {"nonce": "n-7", "client_id": "nmo-cli", "access_token": token["access_token"]},
    )
    claims.validate()
    assert claims["name"] == "Журавская Марина Викторовна"
    assert "snils" not in claims
    info = (await stock.get(found["userinfo_endpoint"])).json()
    assert info["sub"] == claims["sub"]
    assert info["family_name"] == "Журавская"
    exchanged = await portal.exchange(
        token["access_token"], "cycles", subject_token_type="urn:ietf:params:oauth:token-type:access_token"
    )
    inner = helpers.read_claims(exchanged.json()["access_token"])
    assert (inner["aud"], inner["client_id"], inner["act"], inner["entry"]) == (
        "cycles",
        "nmo-cli",
        {"sub": "gateway"},
        "full",
    )
    assert inner["spec"] == helpers.specialist


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"challenge": "short"}, "invalid_request"),
        ({"scope": "openid partner"}, "invalid_scope"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://x.example/"}, "request_uri_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
)
async def test_bad_request_goes_back_as_an_error(
    portal: Any, handle: str, changes: dict[str, str], error: str
) -> None:
    answer = await authorize(portal, handle, **changes)
    query = query_of(answer.headers["location"])
    assert (query["error"], query["state"], query["iss"]) == (error, "st", "http://127.0.0.1:8080")
    assert "code" not in query


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": CALLBACK + "?x=1"},
        {"redirect_uri": "http://127.0.0.1:8200/callback"},
        {"redirect_uri": "http://127.0.0.1:8199.evil.example/callback"},
        {"redirect_uri": None},
        {"client_id": "nobody"},
        {"client_id": None},
        {"client_id": "partner-demo"},
    ],
)
async def test_browser_is_never_sent_to_an_unregistered_address(
    portal: Any, handle: str, changes: dict[str, Any]
) -> None:
    answer = await authorize(portal, handle, **changes)
    assert (answer.status_code, answer.json()["code"]) == (400, "redirect_refused")
    assert "location" not in answer.headers


async def test_repeated_parameter_is_refused(portal: Any, handle: str) -> None:
    url = f"/oauth2/authorize?client_id=nmo-cli&client_id=nmo-cli&redirect_uri={CALLBACK}"
    answer = await portal.client.get(url, headers=await portal.headers(handle))
    assert answer.status_code == 400


async def test_nobody_signed_in(portal: Any, handle: str) -> None:
    assert (await authorize(portal, None)).status_code == 401
    silent = await authorize(portal, None, prompt="none")
    assert query_of(silent.headers["location"])["error"] == "login_required"
    del handle


async def test_old_sign_in_does_not_satisfy_max_age(portal: Any, handle: str) -> None:
    async with portal.db.write() as session:
        await session.execute(text("update auth_session set auth_time = auth_time - interval '1 hour'"))
    answer = await authorize(portal, handle, max_age="600", prompt="none")
    assert query_of(answer.headers["location"])["error"] == "login_required"
    asked = urlsplit((await authorize(portal, handle, max_age="600")).headers["location"])
    assert asked.path == "/login/confirm", "without prompt=none the person is asked anew"
    assert "code" in query_of((await authorize(portal, handle, max_age="7200")).headers["location"])


async def test_unconfirmed_person_goes_nowhere(portal: Any) -> None:
    handle = (await portal.sign_in(trusted=False))["session"]["handle"]
    assert query_of((await authorize(portal, handle)).headers["location"])["error"] == "access_denied"


@pytest.mark.req("REG-02", "P04", "P17")
async def test_session_that_owes_a_step_fetches_no_code(portal: Any, newcomer: Any) -> None:
    person = newcomer()
    await person.settle()
    grown_old = "update local_credential set set_at = set_at - interval '91 days'"
    async with portal.db.write() as session:
        await session.execute(text(grown_old))
    handle = (await person.sign_in()).json()["session"]["handle"]
    assert (await portal.me(handle))["restrictions"] == ["must_change_password"]
    refused = [
        (await authorize(portal, handle, **how)).headers["location"] for how in ({}, {"prompt": "none"})
    ]
    assert [query_of(url).get("error") for url in refused] == ["access_denied", "interaction_required"]
    changed = await person.set_password(handle, "Сорока-9-Варенье!", current_password=person.password)
    assert changed.status_code == 204
    assert "code" in query_of((await authorize(portal, handle)).headers["location"])


async def test_token_of_a_client_fetches_no_code(portal: Any, handle: str, helpers: Any) -> None:
    verifier, challenge = helpers.pkce()
    token = (await redeem(portal, await code_for(portal, handle, challenge), verifier)).json()["access_token"]
    inner = await portal.exchange(
        token, "identity", subject_token_type="urn:ietf:params:oauth:token-type:access_token"
    )
    headers = {"Authorization": f"Bearer {inner.json()['access_token']}"}
    assert (await portal.client.get("/api/v1/me", headers=headers)).status_code == 200
    query = {"response_type": "code", "client_id": "nmo-cli", "redirect_uri": CALLBACK, "scope": "openid",
             "code_challenge": challenge, "code_challenge_method": "S256"}  # fmt: skip
    answer = await portal.client.get("/oauth2/authorize?" + urlencode(query), headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "x" * 43},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": ""},
    ],
)
async def test_wrong_proof_uses_the_code_up(
    portal: Any, handle: str, changes: dict[str, str], helpers: Any
) -> None:
    verifier, challenge = helpers.pkce()
    code = await code_for(portal, handle, challenge)
    wrong = await redeem(
        portal,
        code,
        changes.get("code_verifier", verifier),
        **{k: v for k, v in changes.items() if k != "code_verifier"},
    )
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    assert (await redeem(portal, code, verifier)).json()["error"] == "invalid_grant"


async def test_code_without_verifier_is_refused(portal: Any, handle: str, helpers: Any) -> None:
    _, challenge = helpers.pkce()
    answer = await redeem(portal, await code_for(portal, handle, challenge), "")
    assert answer.json()["error"] == "invalid_request"


async def test_second_use_of_a_code_revokes_the_first(portal: Any, handle: str, helpers: Any) -> None:
    verifier, challenge = helpers.pkce()
    code = await code_for(portal, handle, challenge)
    token = (await redeem(portal, code, verifier)).json()["access_token"]
    info = {"Authorization": f"Bearer {token}"}
    assert (await portal.client.get("/oauth2/userinfo", headers=info)).status_code == 200
    assert (await redeem(portal, code, verifier)).json()["error"] == "invalid_grant"
    assert (await portal.client.get("/oauth2/userinfo", headers=info)).status_code == 401
    assert await portal.journal("action = 'oidc.code_reused'")


async def test_of_two_uses_at_once_one_wins(portal: Any, handle: str, helpers: Any) -> None:
    verifier, challenge = helpers.pkce()
    code = await code_for(portal, handle, challenge)
    answers = await asyncio.gather(*(redeem(portal, code, verifier) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400]


async def test_old_code_is_refused(portal: Any, handle: str, helpers: Any) -> None:
    verifier, challenge = helpers.pkce()
    code = await code_for(portal, handle, challenge)
    async with portal.db.write() as session:
        lifetime = (
            await session.execute(
                text("select extract(epoch from expires_at - created_at)::int from authorization_code")
            )
        ).scalar_one()
        await session.execute(text("update authorization_code set expires_at = now() - interval '1 second'"))
    assert lifetime == 60
    assert (await redeem(portal, code, verifier)).json()["error"] == "invalid_grant"


async def test_code_of_another_client_is_refused(portal: Any, handle: str, helpers: Any) -> None:
    verifier, challenge = helpers.pkce()
    code = await code_for(portal, handle, challenge)
    secret = portal.runtime.settings.seed_file.parent.joinpath("partner.secret").read_text()
    answer = await redeem(portal, code, verifier, client_id="partner-demo", client_secret=secret)
    assert answer.json()["error"] == "invalid_grant"


async def test_refresh_token_rotates_and_its_reuse_ends_the_family(
    portal: Any, handle: str, helpers: Any
) -> None:
    verifier, challenge = helpers.pkce()
    code = await code_for(portal, handle, challenge, scope="openid api offline_access")
    first = (await redeem(portal, code, verifier)).json()

    async def refresh(token: str) -> httpx2.Response:
        form = {"grant_type": "refresh_token", "client_id": "nmo-cli", "refresh_token": token}
        answer: httpx2.Response = await portal.client.post("/oauth2/token", data=form)
        return answer

    second = (await refresh(first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert (await refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    info = {"Authorization": f"Bearer {second['access_token']}"}
    assert (await portal.client.get("/oauth2/userinfo", headers=info)).status_code == 401


async def test_sign_out_ends_the_clients_tokens(portal: Any, handle: str, helpers: Any) -> None:
    verifier, challenge = helpers.pkce()
    token = (await redeem(portal, await code_for(portal, handle, challenge), verifier)).json()["access_token"]
    await portal.client.post(
        "/internal/login/logout", json={"handle": handle}, headers=await portal.service_headers()
    )
    answer = await portal.exchange(
        token, "cycles", subject_token_type="urn:ietf:params:oauth:token-type:access_token"
    )
    assert answer.json()["error"] == "invalid_grant"
