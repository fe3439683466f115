"""A plain OpenID Connect provider: the way that works, and what the client library would have let pass."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import web
from joserfc.jwk import ECKey

from nmo_identity.oidc_client.connector import OidcConnector
from nmo_identity.providers.config import OidcConfig
from nmo_identity.providers.port import Flow, ProviderRefusal
from nmo_kit import clock

pytestmark = pytest.mark.req("SSO-07", "SSO-08", "T02")
KEY = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})


class Provider:
    """The other side; each part of its answers can be spoilt."""

    def __init__(self, helpers: Any) -> None:
        self.helpers = helpers
        self.url = ""
        self.verifier = ""
        self.discovery: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.answer: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: body
        self.header: dict[str, Any] = {"kid": "k1"}
        self.key: Any = KEY
        self.userinfo_claims: dict[str, Any] = {"sub": "u-1", "family_name": "Орлова", "given_name": "Вера"}

    def token(self, access: str) -> str:
        now = int(clock.now().timestamp())
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self.url, "aud": "portal", "sub": "u-1", "iat": now, "exp": now + 300,
            "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="), **self.claims,
        }  # fmt: skip
        present = {name: value for name, value in claims.items() if value is not None}
        made: str = self.helpers.sign(self.header, present, self.key, "ES256")
        return made

    async def configuration(self, _: web.Request) -> web.Response:
        body = {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks", "userinfo_endpoint": f"{self.url}/userinfo",
            "id_token_signing_alg_values_supported": ["none", "HS256", "ES256"],
            "end_session_endpoint": f"{self.url}/out", **self.discovery,
        }  # fmt: skip
        return web.json_response(body)

    async def jwks(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [KEY.as_dict(private=False)]})

    async def exchange(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.verifier = str(form["code_verifier"])
        if form["code"] != "good":
            return web.json_response({"error": "invalid_grant"}, status=400)
        body = {"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": self.token("at")}
        return web.json_response(self.answer(body))

    async def userinfo(self, request: web.Request) -> web.Response:
        assert request.headers["authorization"] == "Bearer at"
        return web.json_response(self.userinfo_claims)


@pytest_asyncio.fixture(loop_scope="session")
async def provider(helpers: Any) -> AsyncIterator[Provider]:
    found = Provider(helpers)
    routes = [
        web.get("/.well-known/openid-configuration", found.configuration),
        web.get("/jwks", found.jwks),
        web.post("/token", found.exchange),
        web.get("/userinfo", found.userinfo),
    ]
    async with helpers.served(routes) as url:
        found.url = url
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def connector(provider: Provider, tmp_path: Path) -> AsyncIterator[OidcConnector]:
    (tmp_path / "secret").write_text("s" * 40)
    config = OidcConfig.model_validate(
        {
            "key": "plain", "kind": "oidc", "title": "Вход", "base_url": provider.url, "issuer": provider.url,
            "client_id": "portal", "scopes": "openid profile", "client_secret_file": tmp_path / "secret",
        }
    )  # fmt: skip
    found = OidcConnector(config)
    yield found
    await found.close()


@pytest.fixture
def flow(provider: Provider) -> Flow:
    now = clock.now()
    made = Flow(uuid4(), now, "http://127.0.0.1:8080/auth/plain/callback", "nonce-1", "v" * 50)
    provider.claims = {"nonce": "nonce-1"}
    return made


async def finish(connector: OidcConnector, flow: Flow, **query: str) -> Any:
    return await connector.finish(flow, {"state": str(flow.state), "code": "good", **query}, now=clock.now())


async def test_person_is_proven(
    provider: Provider, connector: OidcConnector, flow: Flow, helpers: Any
) -> None:
    url = await connector.authorize_url(flow, now=clock.now())
    assert "code_challenge_method=S256" in url
    assert "nonce=nonce-1" in url
    assert not {"prompt", "max_age"} & set(parse_qs(urlsplit(url).query)), "single sign-on stays what it is"
    anew = parse_qs(urlsplit(await connector.authorize_url(replace(flow, fresh=True), now=clock.now())).query)
    assert (anew["prompt"], anew["max_age"]) == (["login"], ["0"])
    found = await finish(connector, flow)
    assert (found.issuer, found.subject, found.last_name) == (provider.url, "u-1", "Орлова")
    assert not found.confirmed
    assert found.auth_time is None, "when the token was made says nothing of when the password was typed"
    assert provider.verifier == "v" * 50


@pytest.mark.req("SSO-10")
async def test_the_providers_sign_out_is_known_before_anybody_signed_in(
    provider: Provider, connector: OidcConnector
) -> None:
    """A process that has just started ends a session that another one opened."""
    url = str(await connector.logout_url("http://127.0.0.1:8080/login?out=1"))
    assert url.startswith(f"{provider.url}/out?")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["portal"],
        "post_logout_redirect_uri": ["http://127.0.0.1:8080/login?out=1"],
    }


@pytest.mark.req("SSO-10")
@pytest.mark.parametrize(
    "told", [{"end_session_endpoint": "https://evil.example/out"}, {"end_session_endpoint": None}]
)
async def test_a_sign_out_elsewhere_or_none_is_left_out(
    provider: Provider, connector: OidcConnector, told: dict[str, Any]
) -> None:
    provider.discovery = told
    assert await connector.logout_url("http://127.0.0.1:8080/") is None


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "http://evil.example"}, "id_issuer"),
        ({"aud": "other", "azp": "portal"}, "id_audience"),
        ({"aud": ["portal", "other"]}, "id_audience"),
        ({"azp": "other"}, "id_audience"),
        ({"nonce": "nonce-2"}, "id_nonce"),
        ({"nonce": None}, "id_nonce"),
        ({"exp": 1_600_000_000}, "id_expired"),
        ({"exp": int(clock.now().timestamp()) - 100}, "id_expired"),
        ({"iat": 1_600_000_000}, "id_older_than_flow"),
        ({"iat": None}, "id_iat"),
        ({"sub": 5}, "id_subject"),
        ({"sub": ""}, "id_subject"),
        ({"at_hash": "AAAA"}, "id_at_hash"),
        ({"sub": "u-2"}, "userinfo_subject"),
        ({"auth_time": int(clock.now().timestamp()) + 3600}, "id_auth_time"),
        ({"auth_time": "now"}, "id_auth_time"),
    ],
)
async def test_bad_claims_are_refused(
    provider: Provider, connector: OidcConnector, flow: Flow, claims: dict[str, Any], reason: str
) -> None:
    provider.claims |= claims
    with pytest.raises(ProviderRefusal) as caught:
        await finish(connector, flow)
    assert (caught.value.code, caught.value.reason) == ("login_token_invalid", reason)


async def test_answer_without_id_token_is_refused(
    provider: Provider, connector: OidcConnector, flow: Flow
) -> None:
    provider.answer = lambda body: {name: value for name, value in body.items() if name != "id_token"}
    with pytest.raises(ProviderRefusal, match="id_absent"):
        await finish(connector, flow)


@pytest.mark.parametrize(
    ("head", "signature", "reason"),
    [
        ({"alg": "none"}, "AAAA", "id_algorithm"),
        ({"alg": "HS256"}, "AAAA", "id_algorithm"),
        ({"alg": "ES256", "kid": "k1"}, "AAAA", "id_signature"),
    ],
)
async def test_discovery_does_not_widen_the_algorithms(
    provider: Provider,
    connector: OidcConnector,
    flow: Flow,
    head: dict[str, str],
    signature: str,
    reason: str,
) -> None:
    body = provider.token("at").split(".")[1]
    first = base64.urlsafe_b64encode(json.dumps(head).encode()).decode().rstrip("=")
    provider.answer = lambda answer: {**answer, "id_token": f"{first}.{body}.{signature}"}
    with pytest.raises(ProviderRefusal, match=reason):
        await finish(connector, flow)


async def test_key_of_somebody_else_is_refused(
    provider: Provider, connector: OidcConnector, flow: Flow
) -> None:
    provider.key = ECKey.generate_key("P-256")
    with pytest.raises(ProviderRefusal, match="id_signature"):
        await finish(connector, flow)


@pytest.mark.parametrize(
    ("query", "code", "reason"),
    [
        ({"iss": "http://evil.example"}, "login_token_invalid", "callback_issuer"),
        ({"state": "other"}, "login_state_invalid", "state_differs"),
        ({"error": "access_denied"}, "login_cancelled", "provider_access_denied"),
        ({"error": "<b>server</b>"}, "login_provider_error", "provider_unknown_error"),
        ({"code": ""}, "login_provider_error", "code_absent"),
        ({"code": "used"}, "login_replayed", "provider_invalid_grant"),
    ],
)
async def test_bad_callback_is_refused(
    connector: OidcConnector, flow: Flow, query: dict[str, str], code: str, reason: str
) -> None:
    with pytest.raises(ProviderRefusal) as caught:
        await finish(connector, flow, **query)
    assert (caught.value.code, caught.value.reason) == (code, reason)


async def test_promised_issuer_must_come(provider: Provider, connector: OidcConnector, flow: Flow) -> None:
    provider.discovery = {"authorization_response_iss_parameter_supported": True}
    with pytest.raises(ProviderRefusal, match="callback_issuer"):
        await finish(connector, flow)
    assert (await finish(connector, flow, iss=provider.url)).subject == "u-1"


@pytest.mark.parametrize(
    ("discovery", "reason"),
    [
        ({"issuer": "http://evil.example"}, "discovery_issuer"),
        ({"token_endpoint": "http://evil.example/token"}, "discovery_endpoint"),
        ({"token_endpoint": "https://evil.example/token"}, "discovery_endpoint"),
        ({"jwks_uri": "https://169.254.169.254/keys"}, "discovery_endpoint"),
        ({"jwks_uri": 5}, "discovery_endpoint"),
    ],
)
async def test_bad_discovery_is_refused(
    provider: Provider, connector: OidcConnector, flow: Flow, discovery: dict[str, Any], reason: str
) -> None:
    provider.discovery = discovery
    with pytest.raises(ProviderRefusal, match=reason):
        await connector.authorize_url(flow, now=clock.now())
