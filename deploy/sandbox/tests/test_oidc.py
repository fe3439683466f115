"""The plain OIDC provider: the whole sign-in, what it refuses, its faults."""

import base64
import hashlib
import json
import re
import secrets
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from nmo_sandbox.oidc.app import create_app
from nmo_sandbox.settings import SandboxSettings

BASE = "http://127.0.0.1:8194"
REDIRECT = "http://127.0.0.1:8080/auth/sandbox-oidc/callback"
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Stand:
    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def register(self, client_id: str = "nmo", **changes: object) -> httpx2.Response:
        data = {"redirect_uris": [REDIRECT], "client_secret": "secret-of-a-test"} | changes
        return await self.http.put(f"/sandbox/clients/{client_id}", json=data)

    @staticmethod
    def ask(**changes: str) -> dict[str, str]:
        params = {
            "client_id": "nmo",
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": "openid profile email phone snils",
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (params | changes).items() if value}

    async def sign_in(self, login: str = "match", **changes: str) -> dict[str, str]:
        """Sign in, or go through by the live session; returns the query of the redirect to the client."""
        asked = await self.http.get("/authorize", params=self.ask(**changes))
        if asked.headers["location"].startswith(REDIRECT):
            return query(asked)
        page = await self.http.get(asked.headers["location"])
        fields = hidden(page)
        answer = await self.http.post("/login", data=fields | {"login": login, "password": "sandbox"})
        assert answer.status_code == 302, answer.text
        assert answer.headers["location"].startswith(REDIRECT)
        return query(answer)

    async def redeem(self, code: str, **changes: str) -> httpx2.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            "client_id": "nmo",
            "client_secret": "secret-of-a-test",
        }
        return await self.http.post("/token", data={k: v for k, v in (form | changes).items() if v})

    async def tokens(self, login: str = "match") -> dict:
        answer = await self.redeem((await self.sign_in(login))["code"])
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def claims(self, token: str) -> dict:
        keys = KeySet.import_key_set((await self.http.get("/jwks")).json())
        return jwt.decode(token, keys, algorithms=["RS256", "ES256"]).claims

    async def faults(self, **wanted: object) -> None:
        assert (await self.http.put("/sandbox/faults", json=wanted)).status_code == 200


def query(answer: httpx2.Response) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def hidden(page: httpx2.Response) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))


@pytest.fixture
async def stand():
    app = create_app(SandboxSettings(environment="test", state=None))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=BASE) as http:
        made = Stand(http)
        assert (await made.register()).status_code == 201
        yield made


async def test_discovery_names_working_endpoints(stand):
    metadata = (await stand.http.get("/.well-known/openid-configuration")).json()
    assert metadata["issuer"] == BASE
    for name in (
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "end_session_endpoint",
    ):
        assert metadata[name].startswith(f"{BASE}/")
        assert (await stand.http.get(metadata[name])).status_code != 404
    keys = (await stand.http.get("/jwks")).json()["keys"]
    assert {(key["kty"], key["alg"], key["use"]) for key in keys} == {
        ("RSA", "RS256", "sig"),
        ("EC", "ES256", "sig"),
    }
    assert all("d" not in key and key["kid"] for key in keys)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_the_whole_sign_in(stand, algorithm):
    await stand.register(id_token_signed_response_alg=algorithm)
    answered = await stand.sign_in()
    assert (answered["state"], answered["iss"]) == ("the-state", BASE)
    tokens = (await stand.redeem(answered["code"])).json()
    claims = await stand.claims(tokens["id_token"])
    assert json.loads(base64.urlsafe_b64decode(tokens["id_token"].split(".")[0] + "=="))["alg"] == algorithm
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (BASE, "nmo", "the-nonce")
    assert isinstance(claims["sub"], str)
    assert claims["iat"] < claims["exp"]
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    person = (await stand.http.get("/userinfo", headers=headers)).json()
    assert person["sub"] == claims["sub"]
    assert (person["family_name"], person["given_name"], person["middle_name"]) == (
        "Журавская",
        "Марина",
        "Викторовна",
    )
    assert (person["birthdate"], person["gender"], person["snils"]) == ("1984-03-17", "female", "97116165616")
    assert (person["email"], person["phone_number"]) == ("match@klinika.example.org", "+79000001000")


async def test_scopes_narrow_what_is_told_and_a_missing_name_is_absent(stand):
    code = (await stand.sign_in("foreign", scope="openid profile"))["code"]
    token = (await stand.redeem(code)).json()["access_token"]
    person = (await stand.http.get("/userinfo", headers={"Authorization": f"Bearer {token}"})).json()
    assert {"middle_name", "email", "snils", "phone_number"}.isdisjoint(person)


async def test_a_public_client_proves_itself_by_the_verifier_alone(stand):
    await stand.register("app", client_secret=None)
    code = (await stand.sign_in(client_id="app"))["code"]
    assert (await stand.redeem(code, client_id="app", client_secret="")).status_code == 200


async def test_a_secret_may_come_in_the_header(stand):
    credentials = base64.b64encode(b"nmo:secret-of-a-test").decode()
    form = {
        "grant_type": "authorization_code",
        "code": (await stand.sign_in())["code"],
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    answer = await stand.http.post("/token", data=form, headers={"Authorization": f"Basic {credentials}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("changes", [{"client_id": "other"}, {"redirect_uri": "https://evil.example.org/"}])
async def test_an_unlisted_address_is_never_redirected_to(stand, changes):
    answer = await stand.http.get("/authorize", params=stand.ask(**changes))
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "whatever"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
    ],
)
async def test_a_faulty_request_is_sent_back(stand, changes, error):
    answer = await stand.http.get("/authorize", params=stand.ask(**changes))
    assert (query(answer)["error"], query(answer)["state"], query(answer)["iss"]) == (
        error,
        "the-state",
        BASE,
    )


@pytest.mark.parametrize(
    ("changes", "error", "status"),
    [
        ({"code": "invented"}, "invalid_grant", 400),
        ({"redirect_uri": "http://127.0.0.1:8080/"}, "invalid_grant", 400),
        ({"code_verifier": "x" * 43}, "invalid_grant", 400),
        ({"code_verifier": ""}, "invalid_grant", 400),
        ({"client_secret": "wrong"}, "invalid_client", 401),
        ({"client_secret": ""}, "invalid_client", 401),
        ({"client_id": "other"}, "invalid_client", 401),
        ({"grant_type": "password"}, "unsupported_grant_type", 400),
    ],
)
async def test_a_faulty_token_request_is_refused(stand, changes, error, status):
    answer = await stand.redeem(**{"code": (await stand.sign_in())["code"]} | changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_replayed_code_is_refused_and_ends_its_token(stand):
    code = (await stand.sign_in())["code"]
    headers = {"Authorization": f"Bearer {(await stand.redeem(code)).json()['access_token']}"}
    assert (await stand.http.get("/userinfo", headers=headers)).status_code == 200
    assert (await stand.redeem(code)).json()["error"] == "invalid_grant"
    assert (await stand.http.get("/userinfo", headers=headers)).status_code == 401


async def test_a_refusal_by_the_person(stand):
    asked = await stand.http.get("/authorize", params=stand.ask())
    page = await stand.http.get(asked.headers["location"])
    fields = hidden(page)
    wrong = await stand.http.post("/login", data=fields | {"login": "match", "password": "x"})
    assert wrong.status_code == 422
    answer = await stand.http.post("/login", data=fields | {"decision": "deny"})
    assert query(answer)["error"] == "access_denied"
    assert (await stand.http.post("/login", data=fields | {"decision": "deny"})).status_code == 400


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("wrong_issuer", lambda claims: claims["iss"] == "http://issuer.example.org"),
        ("wrong_audience", lambda claims: claims["aud"] == "somebody-else"),
        ("wrong_nonce", lambda claims: claims["nonce"] == "another-nonce"),
        ("expired_tokens", lambda claims: claims["exp"] < claims["auth_time"]),
    ],
)
async def test_faults_in_claims(stand, fault, check):
    await stand.faults(**{fault: True})
    assert check(await stand.claims((await stand.tokens())["id_token"]))


async def test_other_faults(stand):
    await stand.faults(bad_signature=True)
    with pytest.raises(BadSignatureError):
        await stand.claims((await stand.tokens())["id_token"])
    await stand.faults(alg_none=True)
    assert (await stand.tokens())["id_token"].endswith(".")
    await stand.faults(no_id_token=True)
    assert "id_token" not in await stand.tokens()
    await stand.faults(wrong_response_issuer=True, wrong_state=True)
    answered = await stand.sign_in()
    assert (answered["iss"], answered["state"]) == ("http://issuer.example.org", "another-state")
    await stand.faults(other_sub=True)
    tokens = await stand.tokens()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    told = (await stand.http.get("/userinfo", headers=headers)).json()["sub"]
    assert told != (await stand.claims(tokens["id_token"]))["sub"]
    await stand.faults(expired_code=True)
    assert (await stand.redeem((await stand.sign_in())["code"])).json()["error"] == "invalid_grant"
    await stand.faults(html_error=True)
    assert (await stand.redeem("any")).status_code == 500


async def test_signing_out_returns_to_a_listed_address_only(stand):
    home = "http://127.0.0.1:8080/"
    await stand.register(post_logout_redirect_uris=[home])
    params = {"client_id": "nmo", "post_logout_redirect_uri": home, "state": "a b"}
    answer = await stand.http.get("/logout", params=params)
    assert answer.headers["location"] == f"{home}?state=a+b"
    refused = await stand.http.get(
        "/logout", params=params | {"post_logout_redirect_uri": "https://evil.example.org/"}
    )
    assert refused.status_code == 400


async def test_a_live_session_goes_through_unless_the_password_is_asked_for(stand):
    first = await stand.claims((await stand.tokens())["id_token"])
    passing = ({}, {"prompt": "none"}, {"max_age": "600"})
    asking = ({"prompt": "login"}, {"max_age": "0"}, {"prompt": "select_account"})
    for changes in (*passing, *asking):
        asked = await stand.http.get("/authorize", params=stand.ask(**changes))
        assert asked.headers["location"].startswith(REDIRECT) == (changes in passing), changes
    silent = await stand.claims((await stand.tokens())["id_token"])
    assert (silent["sid"], silent["auth_time"]) == (first["sid"], first["auth_time"])
    await stand.faults(clock_skew=60)
    code = (await stand.sign_in(prompt="login"))["code"]
    again = await stand.claims((await stand.redeem(code)).json()["id_token"])
    assert again["sid"] == first["sid"], "the same person keeps the session"
    assert again["auth_time"] >= first["auth_time"] + 60
    await stand.faults(clock_skew=600)
    asked = await stand.http.get("/authorize", params=stand.ask(max_age="300"))
    assert asked.headers["location"].startswith("/login"), "too old for that"
    await stand.faults(ignores_prompt=True, no_auth_time=True)
    code = query(await stand.http.get("/authorize", params=stand.ask(prompt="login", max_age="0")))["code"]
    assert "auth_time" not in await stand.claims((await stand.redeem(code)).json()["id_token"])


async def test_systems_are_told_of_a_sign_out(stand):
    heard = []

    async def hear(request):
        heard.append((await request.post())["logout_token"])
        return web.Response()

    listener = TestServer(web.Application())
    listener.app.router.add_post("/out", hear)
    async with listener:
        home = "http://127.0.0.1:8080/"
        told = {"post_logout_redirect_uris": [home], "backchannel_logout_uri": str(listener.make_url("/out"))}
        await stand.register(**told)
        await stand.register("deaf", backchannel_logout_uri="http://127.0.0.1:1/")
        known = await stand.claims((await stand.tokens())["id_token"])
        await stand.sign_in(client_id="deaf")
        params = {"client_id": "nmo", "post_logout_redirect_uri": home}
        assert (await stand.http.get("/logout", params=params)).headers["location"] == home
        assert (await stand.http.get("/logout", params=params)).headers["location"] == home
        claims = await stand.claims(heard[0])
        assert {name: claims[name] for name in ("iss", "aud", "sub", "sid")} == {
            name: known[name] for name in ("iss", "aud", "sub", "sid")
        }
        assert "nonce" not in claims
        other = await stand.claims((await stand.tokens("foreign"))["id_token"])
        assert other["sid"] != known["sid"]
        page = await stand.http.get("/authorize", params=stand.ask(prompt="login"))
        fields = hidden(await stand.http.get(page.headers["location"]))
        await stand.http.post("/login", data=fields | {"login": "match", "password": "sandbox"})
        assert (await stand.claims(heard[1]))["sid"] == other["sid"], "another person took the browser over"
        assert len(heard) == 2


async def test_a_restart_keeps_keys_and_clients(tmp_path):
    settings = SandboxSettings(environment="test", state=tmp_path)
    sets = []
    for first in (True, False):
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=create_app(settings)), base_url=BASE
        ) as http:
            made = Stand(http)
            assert (await made.register()).status_code == (201 if first else 200)
            sets.append((await http.get("/jwks")).json())
    assert sets[0] == sets[1]
