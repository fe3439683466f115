"""SSO-11: a partner's portal made of stock parts: registration, consent, refresh, sign-out both ways."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from nmo_testkit.wait import until
from tests.conftest import Portal
from tests.e2e.conftest import Arrive
from tests.e2e.people import new_specialist
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.req("SSO-11")]
SCOPES = ["openid", "profile", "email", "offline_access"]


class Site:
    """A partner's site: Authlib's client, and an end that hears of sign-outs."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.client_id = f"site-{uuid4().hex[:12]}"
        self.heard: list[str] = []
        self.base = ""
        self.secret = ""
        self.metadata: dict[str, Any] = {}

    async def hear(self, request: web.Request) -> web.Response:
        """The back channel."""
        self.heard.append(str((await request.post())["logout_token"]))
        return web.Response(status=200, headers={"Cache-Control": "no-store"})

    @property
    def redirect_uri(self) -> str:
        """Where people come back to; nobody listens there: the test reads the address."""
        return f"{self.base}/back"

    def client(self, token: dict[str, Any] | None = None) -> OAuth2Session:
        """The stock client."""
        return OAuth2Session(
            self.client_id,
            self.secret,
            scope=SCOPES,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            token=token,
            token_endpoint=self.metadata["token_endpoint"],
        )

    async def register(self, admin: Visitor) -> None:
        """As the administrator does it."""
        body = {
            "client_id": self.client_id,
            "title": "Стажировки клиники",
            "purpose": "Записать вас на стажировку",
            "scopes": SCOPES,
            "redirect_uris": [self.redirect_uri],
            "post_logout_redirect_uris": [f"{self.base}/bye"],
            "backchannel_logout_uri": f"{self.base}/out",
        }
        self.secret = (await admin.api("POST", "/api/v1/admin/partners", body))["client_secret"]

    async def sign_in(self, visitor: Visitor) -> dict[str, Any]:
        """The whole way of a person who agrees: tokens."""
        client, verifier, nonce = self.client(), secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        address, state = client.create_authorization_url(
            self.metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        status, location = await visitor.hop(address)
        assert status == 302
        assert location is not None
        if "/portals/" in location:
            _, _, page = await visitor.page(location)
            assert "Стажировки клиники" in page
            location = await self.press(visitor, urlsplit(location).path, "yes")
        answer = parse_qs(urlsplit(location).query)
        assert (answer["state"], answer["iss"]) == ([state], [self.portal.url])
        token = await asyncio.to_thread(
            client.fetch_token,
            self.metadata["token_endpoint"],
            authorization_response=location,
            code_verifier=verifier,
        )
        claims = CodeIDToken(
            await self.verified(token["id_token"]),
            {"alg": "RS256"},
            {"iss": {"value": self.portal.url}},
            {"nonce": nonce, "client_id": self.client_id, "access_token": token["access_token"]},
        )
        claims.validate()
        return {**token, "claims": dict(claims)}

    async def press(self, visitor: Visitor, path: str, answer: str) -> str:
        """Where the button of the consent page leads."""
        form = {"csrf_token": visitor.unsafe_headers()["X-CSRF-Token"], "answer": answer}
        async with visitor._client.post(
            f"{self.portal.url}{path}", data=form, headers=visitor.unsafe_headers(), allow_redirects=False
        ) as back:
            assert back.status == 303, await back.text()
            return back.headers["Location"]

    async def verified(self, token: str) -> dict[str, Any]:
        """Claims of a token whose signature the published keys verify."""
        async with aiohttp.ClientSession() as http, http.get(self.metadata["jwks_uri"]) as keys:
            found = jwt.decode(token, KeySet.import_key_set(await keys.json()), algorithms=["RS256"])
        return dict(found.claims)


@asynccontextmanager
async def opened(portal: Portal, admin: Visitor) -> AsyncIterator[Site]:
    """A registered site with its end listening."""
    site = Site(portal)
    app = web.Application()
    app.router.add_post("/out", site.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{portal.url}/.well-known/openid-configuration") as answer,
        ):
            site.metadata = await answer.json()
        await site.register(admin)
        yield site
    finally:
        await runner.cleanup()


@pytest.mark.req("T11", "T24")
async def test_stock_client_signs_in_refreshes_and_hears_of_the_sign_out(
    portal: Portal, arrive: Arrive
) -> None:
    admin = await arrive("admin")
    await admin.enter()
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    me = await visitor.enter()
    async with opened(portal, admin) as site:
        token = await site.sign_in(visitor)
        claims = token["claims"]
        assert claims["family_name"] == person.last_name
        assert claims["sub"] != me["person_id"], "a name of this site's own"
        client = site.client(
            {name: token[name] for name in ("access_token", "refresh_token", "expires_at", "token_type")}
        )
        told = (await asyncio.to_thread(client.get, site.metadata["userinfo_endpoint"])).json()
        assert (told["sub"], told["email"]) == (claims["sub"], person.email)
        assert not {"snils", "birthdate", "phone_number"} & set(told)
        fresh = await asyncio.to_thread(client.refresh_token, site.metadata["token_endpoint"])
        assert fresh["refresh_token"] != token["refresh_token"]
        assert (await site.verified(fresh["id_token"]))["sub"] == claims["sub"]
        again = await site.sign_in(visitor)
        assert again["claims"]["sub"] == claims["sub"], "not asked a second time, the same name"

        logout = (
            site.metadata["end_session_endpoint"]
            + "?"
            + urlencode(
                {
                    "id_token_hint": token["id_token"],
                    "post_logout_redirect_uri": f"{site.base}/bye",
                    "state": "s1",
                }
            )
        )
        _, _, page = await visitor.page(logout)
        assert "Вы вышли с сайта «Стажировки клиники»" in page
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
        async with visitor._client.post(
            f"{portal.url}/logout/portal",
            data=fields,
            headers=visitor.unsafe_headers(),
            allow_redirects=False,
        ) as back:
            assert back.headers["Location"] == f"{site.base}/bye?state=s1"

        async def heard() -> bool:
            return bool(site.heard)

        await until(heard, timeout_s=20)
        gone = await site.verified(site.heard[0])
        assert (gone["aud"], gone["sub"], gone["sid"]) == (site.client_id, claims["sub"], claims["sid"])
        assert "nonce" not in gone
        with pytest.raises(OAuthError, match="invalid_grant"):
            await asyncio.to_thread(client.refresh_token, site.metadata["token_endpoint"])
        assert (await asyncio.to_thread(client.get, site.metadata["userinfo_endpoint"])).status_code == 401


@pytest.mark.req("SSO-05", "T24")
async def test_person_closes_a_sites_access_in_the_settings(portal: Portal, arrive: Arrive) -> None:
    admin = await arrive("admin")
    await admin.enter()
    visitor = await arrive((await new_specialist(portal)).key)
    await visitor.enter()
    async with opened(portal, admin) as site:
        token = await site.sign_in(visitor)
        _, _, page = await visitor.page("/cabinet/settings/portals")
        assert "Стажировки клиники" in page
        assert "Записать вас на стажировку" in page
        _, final, page = await visitor.submit(f"/cabinet/settings/portals/{site.client_id}/revoke")
        assert final.endswith("/cabinet/settings/portals?done=1")
        client = site.client({name: token[name] for name in ("access_token", "refresh_token", "token_type")})
        assert (await asyncio.to_thread(client.get, site.metadata["userinfo_endpoint"])).status_code == 401

        async def heard() -> bool:
            return bool(site.heard)

        await until(heard, timeout_s=20)
        query = {
            "response_type": "code",
            "client_id": site.client_id,
            "redirect_uri": site.redirect_uri,
            "scope": "openid",
            "state": "s",
            "prompt": "none",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method": "S256",
        }
        _, location = await visitor.hop(f"{site.metadata['authorization_endpoint']}?{urlencode(query)}")
        assert parse_qs(urlsplit(location or "").query)["error"] == ["consent_required"]


@pytest.mark.req("T11", "P17")
async def test_sign_in_ended_from_another_device_is_over_at_once(portal: Portal, arrive: Arrive) -> None:
    person = await new_specialist(portal)
    here, there = await arrive(person.key), await arrive(person.key)
    await here.enter()
    await there.enter()
    _, _, page = await here.page("/cabinet/settings/sessions")
    assert page.count("Вы здесь") == 1
    (action,) = re.findall(r'action="(/cabinet/settings/sessions/[0-9a-f-]{36}/end)"', page)
    await here.submit(action)
    status, final, page = await there.page("/cabinet")
    assert status == 200
    assert "/login?" in final
    assert "завершили с другого устройства" in page
    assert (await there.ask("GET", "/api/v1/me"))[0] == 401
    assert (await here.ask("GET", "/api/v1/me"))[0] == 200
