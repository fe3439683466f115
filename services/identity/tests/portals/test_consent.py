"""Partners' portals: asked once for each portal and set of data, remembered, taken back; least data (SSO-11)."""

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
import pytest_asyncio
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import text

from nmo_identity.oidc_provider.backchannel import LogoutSender
from nmo_identity.oidc_provider.minting import Mint
from nmo_kit import clock
from nmo_kit.http import ASSERTION_TYPE, client_assertion

pytestmark = pytest.mark.req("SSO-11")
SECRET = "portal-secret-" + "s" * 40
BY_EC = {"id_token_signed_response_alg": "ES256"}
CLINIC, SCHOOL = "https://clinic.example/back", "https://school.example/back"


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


class Partner:
    """A partner's portal at the protocol."""

    def __init__(self, portal: Any, helpers: Any, client_id: str, secret: str, redirect_uri: str) -> None:
        self.portal, self.helpers = portal, helpers
        self.client_id, self.secret, self.redirect_uri = client_id, secret, redirect_uri
        self.verifier, self.challenge = helpers.pkce()

    async def visit(self, handle: str, **changes: str | None) -> str:
        """Where the browser is sent."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile",
            "state": "st",
            "nonce": "n",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        sent = urlencode({name: value for name, value in query.items() if value is not None})
        answer = await self.portal.client.get(
            f"/oauth2/authorize?{sent}", headers=await self.portal.headers(handle)
        )
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    async def answer(self, handle: str, page: str, *, agreed: bool) -> httpx2.Response:
        request_id = page.rpartition("/")[2]
        answer: httpx2.Response = await self.portal.client.post(
            f"/api/v1/me/portal-requests/{request_id}",
            json={"agreed": agreed},
            headers=await self.portal.headers(handle),
        )
        return answer

    async def redeem(self, code: str) -> dict[str, Any]:
        return await self.form(
            grant_type="authorization_code",
            code=code,
            redirect_uri=self.redirect_uri,
            code_verifier=self.verifier,
        )

    async def form(self, path: str = "/oauth2/token", **fields: str) -> dict[str, Any]:
        sent = {"client_id": self.client_id, "client_secret": self.secret, **fields}
        answer = await self.portal.client.post(path, data=sent)
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    async def signed_in(self, handle: str, scope: str = "openid profile") -> dict[str, Any]:
        """Tokens of a person who agrees where asked."""
        page = await self.visit(handle, scope=scope)
        if "/portals/" in page:
            page = (await self.answer(handle, page, agreed=True)).json()["redirect_to"]
        return await self.redeem(query_of(page)["code"])


@pytest_asyncio.fixture(loop_scope="session")
async def admin(portal: Any) -> dict[str, str]:
    """Headers of the administrator."""
    signed_in = await portal.sign_in(
        oid=1000400999, snils="087-654-303 00", lastName="Главная", firstName="Анна"
    )
    await portal.agree(signed_in["session"]["handle"])
    found: dict[str, str] = await portal.headers(signed_in["session"]["handle"])
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def handle(portal: Any) -> str:
    found: str = (await portal.sign_in())["session"]["handle"]
    await portal.agree(found)
    return found


async def registered(
    portal: Any, helpers: Any, admin: dict[str, str], client_id: str, uri: str, **more: Any
) -> Partner:
    async with portal.db.write() as session:
        await session.execute(text("delete from oidc_client where client_id = :id"), {"id": client_id})
    body = {
        "client_id": client_id,
        "title": f"Портал {client_id}",
        "scopes": ["openid", "profile", "email", "offline_access"],
        "redirect_uris": [uri],
        "purpose": "Записать вас на стажировку",
        **more,
    }
    answer = await portal.client.post("/api/v1/admin/partners", json=body, headers=admin)
    assert answer.status_code == 201, answer.text
    return Partner(portal, helpers, client_id, answer.json()["client_secret"], uri)


@pytest_asyncio.fixture(loop_scope="session")
async def clinic(portal: Any, helpers: Any, admin: dict[str, str]) -> Partner:
    return await registered(
        portal, helpers, admin, "clinic", CLINIC, post_logout_redirect_uris=[CLINIC + "/out"]
    )


async def test_person_is_asked_once_and_sees_every_datum(portal: Any, handle: str, clinic: Partner) -> None:
    page = await clinic.visit(handle, scope="openid profile email")
    assert page.startswith("http://127.0.0.1:8080/portals/")
    asked = await portal.client.get(
        f"/api/v1/me/portal-requests/{page.rpartition('/')[2]}", headers=await portal.headers(handle)
    )
    body = asked.json()
    assert (body["title"], body["host"], body["purpose"]) == (
        "Портал clinic",
        "clinic.example",
        "Записать вас на стажировку",
    )
    assert [(item["scope"], item["values"]) for item in body["items"]] == [
        ("openid", []),
        ("profile", ["Журавская Марина Викторовна"]),
        ("email", ["match@klinika.example.org"]),
    ]
    back = (await clinic.answer(handle, page, agreed=True)).json()["redirect_to"]
    assert back.startswith(CLINIC + "?")
    assert {"code", "state", "iss"} <= set(query_of(back))
    again = await clinic.visit(handle)
    assert "code" in query_of(again), "what was agreed to is not asked again"
    assert "/portals/" in await clinic.visit(handle, scope="openid offline_access"), "more data: asked again"
    assert "/portals/" in await clinic.visit(handle, prompt="consent")
    rows = await portal.journal("action like 'client.grant.%'")
    assert [(row["action"], sorted(row["fields"])) for row in rows] == [
        ("client.grant.given", ["email", "openid", "profile"])
    ]


async def test_refusal_and_silence_go_back_as_errors(portal: Any, handle: str, clinic: Partner) -> None:
    silent = query_of(await clinic.visit(handle, prompt="none"))
    assert (silent["error"], silent["state"], silent["iss"]) == (
        "consent_required",
        "st",
        "http://127.0.0.1:8080",
    )
    page = await clinic.visit(handle)
    refused = query_of((await clinic.answer(handle, page, agreed=False)).json()["redirect_to"])
    assert (refused["error"], refused["state"], refused["iss"]) == (
        "access_denied",
        "st",
        "http://127.0.0.1:8080",
    )
    assert "/portals/" in await clinic.visit(handle), "a refusal is not kept"


@pytest.mark.req("T03", "T14")
async def test_request_is_answered_once_by_its_own_session_in_time(
    portal: Any, handle: str, clinic: Partner
) -> None:
    page = await clinic.visit(handle)
    other = (await portal.sign_in(oid=1000400555, snils="112-233-445 95", lastName="Ольхина"))["session"][
        "handle"
    ]
    second = (await portal.sign_in())["session"]["handle"]
    for stranger in (other, second):
        answer = await clinic.answer(stranger, page, agreed=True)
        assert (answer.status_code, answer.json()["code"]) == (404, "request_over")
    assert (await clinic.answer(handle, page, agreed=True)).status_code == 200
    assert (await clinic.answer(handle, page, agreed=True)).json()["code"] == "request_over"
    late = await clinic.visit(handle, prompt="consent")
    async with portal.db.write() as session:
        await session.execute(
            text("update authorization_request set expires_at = app_now() - interval '1 s'")
        )
    assert (await clinic.answer(handle, late, agreed=True)).json()["code"] == "request_over"


@pytest.mark.req("PAR-05")
async def test_partners_know_a_person_by_different_names(
    portal: Any, helpers: Any, handle: str, clinic: Partner, admin: dict[str, str]
) -> None:
    school = await registered(portal, helpers, admin, "school", SCHOOL)
    person_id = (await portal.me(handle))["person_id"]
    here, there = await clinic.signed_in(handle), await school.signed_in(handle)
    names = []
    for partner, token in ((clinic, here), (school, there)):
        claims, access = helpers.read_claims(token["id_token"]), helpers.read_claims(token["access_token"])
        told = await partner.form("/oauth2/introspect", token=token["access_token"])
        info = {"Authorization": f"Bearer {token['access_token']}"}
        user = (await portal.client.get("/oauth2/userinfo", headers=info)).json()
        assert {claims["sub"], access["sub"], told["sub"], user["sub"]} == {claims["sub"]}
        assert claims["sid"] == access["sid"]
        seen = json.dumps([claims, access, told, user], ensure_ascii=False)
        sids = [
            item["sid"]
            for item in (
                await portal.client.get("/api/v1/me/sessions", headers=await portal.headers(handle))
            ).json()["items"]
        ]
        assert not [secret for secret in (person_id, *sids, "971-161", "97116", "1984") if secret in seen]
        names.append((claims["sub"], claims["sid"]))
    assert names[0][0] != names[1][0]
    assert names[0][1] != names[1][1]
    later = (await portal.sign_in())["session"]["handle"]
    again = helpers.read_claims((await clinic.signed_in(later))["id_token"])
    assert again["sub"] == names[0][0], "the name stays from session to session"
    assert again["sid"] != names[0][1]


@pytest.mark.req("T24")
async def test_access_taken_back_stops_tokens_and_asks_anew(
    portal: Any, handle: str, clinic: Partner
) -> None:
    token = await clinic.signed_in(handle, "openid profile offline_access")
    (item,) = (await portal.client.get("/api/v1/me/portals", headers=await portal.headers(handle))).json()[
        "items"
    ]
    assert (item["client_id"], item["host"], len(item["data"])) == ("clinic", "clinic.example", 3)
    assert (
        await portal.client.delete("/api/v1/me/portals/clinic", headers=await portal.headers(handle))
    ).status_code == 204
    info = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await portal.client.get("/oauth2/userinfo", headers=info)).status_code == 401
    refused = await clinic.form(grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert refused["error"] == "invalid_grant"
    assert await clinic.form("/oauth2/introspect", token=token["access_token"]) == {"active": False}
    assert "/portals/" in await clinic.visit(handle)
    assert (
        await portal.client.delete("/api/v1/me/portals/clinic", headers=await portal.headers(handle))
    ).status_code == 404


@pytest.mark.parametrize(("chosen", "algorithm"), [({}, "RS256"), (BY_EC, "ES256")])
async def test_id_tokens_are_signed_by_what_the_partner_reads(
    portal: Any, helpers: Any, handle: str, admin: dict[str, str], chosen: dict[str, str], algorithm: str
) -> None:
    """OpenID Connect Discovery 3: RS256 is supported, and what a stock client expects when nothing was said."""
    out = CLINIC + "/out"
    partner = await registered(
        portal, helpers, admin, "clinic", CLINIC, post_logout_redirect_uris=[out], **chosen
    )
    token = await partner.signed_in(handle, "openid offline_access")
    renewed = await partner.form(grant_type="refresh_token", refresh_token=token["refresh_token"])
    told = (await portal.client.get("/.well-known/openid-configuration")).json()
    assert algorithm in told["id_token_signing_alg_values_supported"]
    keys = KeySet.import_key_set((await portal.client.get("/oauth2/jwks")).json())
    for answer in (token, renewed):
        decoded = jwt.decode(answer["id_token"], keys, algorithms=[algorithm])
        assert decoded.header["alg"] == algorithm
        assert decoded.claims["aud"] == "clinic"
        access = jwt.decode(answer["access_token"], keys, algorithms=["ES256"])
        assert access.header["typ"] == "at+jwt", "access tokens stay as our services read them"
    body = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": out}
    left = await portal.client.post(
        "/internal/oidc/end-session", json=body, headers=await portal.service_headers()
    )
    assert left.json()["redirect_to"] == out


@pytest.mark.req("T11")
@pytest.mark.parametrize("heard_at_once", [True, False])
async def test_sign_out_is_told_after_access_was_closed_and_given_again(
    portal: Any, helpers: Any, handle: str, clinic: Partner, heard_at_once: bool
) -> None:
    """One session has one notice at a partner: that of the closed access must not stand in the way of the sign-out's."""
    told: list[str] = []

    async def hear(request: web.Request) -> web.Response:
        told.append(str((await request.post())["logout_token"]))
        return web.Response()

    mint = Mint(portal.runtime.extras["keyring"], helpers.issuer)
    sender = LogoutSender(portal.db, mint, allow_loopback=True)
    async with helpers.served([web.post("/out", hear)]) as base:
        async with portal.db.write() as session:
            await session.execute(
                text("update oidc_client set backchannel_logout_uri = :uri where client_id = 'clinic'"),
                {"uri": f"{base}/out"},
            )
        known = helpers.read_claims((await clinic.signed_in(handle))["id_token"])
        closed = await portal.client.delete("/api/v1/me/portals/clinic", headers=await portal.headers(handle))
        assert closed.status_code == 204
        under_way = [] if heard_at_once else await sender._claim()
        if heard_at_once:
            assert await sender.send_due() == 1
        again = helpers.read_claims((await clinic.signed_in(handle))["id_token"])
        assert again["sid"] == known["sid"]
        await portal.client.post(
            "/internal/login/logout",
            json={"handle": handle, "reason": "logout"},
            headers=await portal.service_headers(),
        )
        for due in under_way:
            await sender._send(due)
        assert await sender.send_due() == 1
    assert [helpers.read_claims(token)["sid"] for token in told] == [known["sid"]] * 2
    keys = KeySet.import_key_set((await portal.client.get("/oauth2/jwks")).json())
    assert jwt.decode(told[0], keys, algorithms=["RS256"]).header["typ"] == "logout+jwt"


@pytest.mark.req("PAR-05")
async def test_refresh_token_is_told_to_its_own_client_while_it_can_be_used(
    portal: Any, helpers: Any, handle: str, clinic: Partner, admin: dict[str, str]
) -> None:
    """RFC 7662 2: introspection knows both kinds; nobody else may take one for an access token."""
    school = await registered(portal, helpers, admin, "school", SCHOOL)
    token = await clinic.signed_in(handle, "openid offline_access")
    refresh, names = token["refresh_token"], helpers.read_claims(token["id_token"])
    told = await clinic.form("/oauth2/introspect", token=refresh, token_type_hint="refresh_token")
    assert (told["active"], told["sub"], told["client_id"]) == (True, names["sub"], "clinic")
    assert told["scope"] == "openid offline_access"
    assert told["exp"] > told["iat"] > clock.now().timestamp() - 60
    assert "token_type" not in told, "it opens nothing by itself"
    assert await school.form("/oauth2/introspect", token=refresh) == {"active": False}
    proof = {
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": client_assertion(
            portal.keys["gateway"], client_id="gateway", audience=helpers.issuer
        ),
    }
    service = await portal.client.post("/oauth2/introspect", data={**proof, "token": refresh})
    assert service.json() == {"active": False}
    newer = (await clinic.form(grant_type="refresh_token", refresh_token=refresh))["refresh_token"]
    assert await clinic.form("/oauth2/introspect", token=refresh) == {"active": False}
    assert (await clinic.form("/oauth2/introspect", token=newer))["active"]
    await portal.client.post(
        "/internal/login/logout",
        json={"handle": handle, "reason": "logout"},
        headers=await portal.service_headers(),
    )
    assert await clinic.form("/oauth2/introspect", token=newer) == {"active": False}


@pytest.mark.req("P09")
async def test_new_sign_in_is_asked_for_where_the_portal_wants_it(
    portal: Any, handle: str, clinic: Partner
) -> None:
    await clinic.signed_in(handle)
    async with portal.db.write() as session:
        await session.execute(text("update auth_session set auth_time = auth_time - interval '1 hour'"))
    assert query_of(await clinic.visit(handle, prompt="none", max_age="60"))["error"] == "login_required"
    for wish in ({"prompt": "login"}, {"max_age": "60"}):
        page = await clinic.visit(handle, **wish)
        assert urlsplit(page).path == "/login/confirm"
        back = query_of(page)["return_to"]
        stale = await portal.client.get(back, headers=await portal.headers(handle))
        assert urlsplit(stale.headers["location"]).path == "/login/confirm", "not confirmed yet"
        async with portal.db.write() as session:
            await session.execute(text("update auth_session set auth_time = :now"), {"now": clock.now()})
        fresh = await portal.client.get(back, headers=await portal.headers(handle))
        assert query_of(fresh.headers["location"])["code"]
        over = await portal.client.get(back, headers=await portal.headers(handle))
        assert over.json()["code"] == "request_over"
        async with portal.db.write() as session:
            await session.execute(text("update auth_session set auth_time = auth_time - interval '1 hour'"))


async def test_disabled_portal_works_no_more_until_enabled(
    portal: Any, handle: str, clinic: Partner, admin: dict[str, str]
) -> None:
    token = await clinic.signed_in(handle, "openid offline_access")
    assert (
        await portal.client.post("/api/v1/admin/partners/clinic/disable", headers=admin)
    ).status_code == 204
    info = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await portal.client.get("/oauth2/userinfo", headers=info)).status_code == 401
    refused = await clinic.form(grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert refused["error"] == "invalid_client"
    query = {"client_id": "clinic", "redirect_uri": CLINIC, "response_type": "code"}
    answer = await portal.client.get(
        "/oauth2/authorize?" + urlencode(query), headers=await portal.headers(handle)
    )
    assert answer.json()["code"] == "redirect_refused"
    assert (
        await portal.client.post("/api/v1/admin/partners/clinic/enable", headers=admin)
    ).status_code == 204
    assert (await clinic.form(grant_type="refresh_token", refresh_token=token["refresh_token"]))[
        "error"
    ] == "invalid_grant"
    assert (await clinic.signed_in(handle))["access_token"]


async def test_secret_is_changed_told_once_and_never_listed(
    portal: Any, clinic: Partner, admin: dict[str, str]
) -> None:
    answer = await portal.client.post("/api/v1/admin/partners/clinic/secret", headers=admin)
    fresh = answer.json()["client_secret"]
    assert answer.headers["cache-control"] == "no-store"
    assert (await clinic.form("/oauth2/introspect", token="x"))["error"] == "invalid_client"
    clinic.secret = fresh
    assert await clinic.form("/oauth2/introspect", token="x") == {"active": False}
    listed = (await portal.client.get("/api/v1/admin/partners", headers=admin)).text
    assert "clinic" in listed
    assert fresh not in listed
    assert "secret_hash" not in listed
    public = await portal.client.post("/api/v1/admin/partners/nmo-cli/secret", headers=admin)
    assert public.json()["code"] == "client_without_secret"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"redirect_uris": ["https://a.example/x", "https://b.example/x"]}, "/redirect_uris"),
        ({"redirect_uris": ["http://a.example/x"]}, "/redirect_uris/0"),
        ({"redirect_uris": []}, "/redirect_uris"),
        ({"post_logout_redirect_uris": ["https://a.example/#x"]}, "/post_logout_redirect_uris/0"),
        ({"backchannel_logout_uri": "http://a.example/out"}, "/backchannel_logout_uri"),
        ({"backchannel_logout_uri": "https://10.0.0.1/out"}, "/backchannel_logout_uri"),
        ({"scopes": ["openid", "api"], "purpose": " "}, "/purpose"),
    ],
)
async def test_unfit_registration_is_refused_with_its_field(
    portal: Any, admin: dict[str, str], changes: dict[str, Any], pointer: str
) -> None:
    body = {
        "client_id": "unfit",
        "title": "x",
        "scopes": ["openid"],
        "redirect_uris": ["https://a.example/x"],
        **changes,
    }
    answer = await portal.client.post("/api/v1/admin/partners", json=body, headers=admin)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_end_session_trusts_only_what_is_registered(
    portal: Any, handle: str, clinic: Partner, helpers: Any
) -> None:
    token = await clinic.signed_in(handle)

    async def ask(**asked: str) -> httpx2.Response:
        answer: httpx2.Response = await portal.client.post(
            "/internal/oidc/end-session", json=asked, headers=await portal.service_headers()
        )
        return answer

    good = await ask(id_token_hint=token["id_token"], post_logout_redirect_uri=CLINIC + "/out", state="s 1")
    assert good.json() == {"client_title": "Портал clinic", "redirect_to": CLINIC + "/out?state=s+1"}
    assert (await ask(client_id="clinic")).json() == {"client_title": "Портал clinic", "redirect_to": None}
    assert (await ask()).json() == {"client_title": None, "redirect_to": None}
    head, body, signature = token["id_token"].split(".")
    for asked in (
        {"id_token_hint": token["id_token"], "post_logout_redirect_uri": CLINIC},
        {"id_token_hint": token["id_token"], "client_id": "school"},
        {"id_token_hint": f"{head}.{body}.{signature[::-1]}", "post_logout_redirect_uri": CLINIC + "/out"},
        {"id_token_hint": token["access_token"], "post_logout_redirect_uri": CLINIC + "/out"},
        {"post_logout_redirect_uri": CLINIC + "/out"},
        {"client_id": "nmo-cli", "post_logout_redirect_uri": CLINIC + "/out"},
    ):
        assert (await ask(**asked)).json()["code"] == "redirect_refused", asked


async def test_discovery_promises_only_what_is_kept(portal: Any, handle: str, clinic: Partner) -> None:
    told = (await portal.client.get("/.well-known/openid-configuration")).json()
    for name in ("token", "introspection", "revocation"):
        path = urlsplit(told[f"{name}_endpoint"]).path
        assert (await portal.client.post(path, data={})).status_code in {400, 401}, name
    assert (await portal.client.get(urlsplit(told["jwks_uri"]).path)).json()["keys"]
    assert (await portal.client.get(urlsplit(told["userinfo_endpoint"]).path)).status_code == 401
    for scope in set(told["scopes_supported"]) - {"partner", "api"}:
        assert "error" not in query_of(await clinic.visit(handle, scope=f"openid {scope}")), scope
    for prompt in told["prompt_values_supported"]:
        error = query_of(await clinic.visit(handle, prompt=prompt)).get("error")
        assert error == ("consent_required" if prompt == "none" else None), prompt
    token = await clinic.signed_in(handle, "openid profile email")
    info = {"Authorization": f"Bearer {token['access_token']}"}
    user = (await portal.client.get("/oauth2/userinfo", headers=info)).json()
    assert set(user) <= set(told["claims_supported"])
    assert told["subject_types_supported"] == ["pairwise", "public"]
    assert told["backchannel_logout_supported"]
    assert told["backchannel_logout_session_supported"]
