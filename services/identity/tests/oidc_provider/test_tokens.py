"""The token endpoint for services and partners; introspection, revocation; keys and their change."""

import asyncio
import base64
import secrets
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey
from sqlalchemy import text

from nmo_identity.oidc_provider.commands.rotate_keys import (
    KEEP_BEHIND,
    PUBLISH_AHEAD,
    SPREAD,
    rotate_if_old,
    rotate_keys,
)
from nmo_identity.oidc_provider.keyring import KeyRing
from nmo_kit import clock
from nmo_kit.http import ASSERTION_TYPE, client_assertion

ISSUER = "http://127.0.0.1:8080"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


def assertion(
    key: Any, algorithm: str = "ES256", header: dict[str, Any] | None = None, **changes: Any
) -> str:
    now = int(time.time())
    claims = {"iss": "gateway", "sub": "gateway", "aud": ISSUER, "iat": now, "exp": now + 60, "jti": "j" * 16}
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode({"alg": algorithm, **(header or {})}, claims, key, algorithms=[algorithm])


async def ask(portal: Any, signed: str, **form: str) -> httpx2.Response:
    answer: httpx2.Response = await portal.client.post(
        "/oauth2/token",
        data={
            "grant_type": "client_credentials",
            "audience": "catalog",
            "client_id": "gateway",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": signed,
            **form,
        },
    )
    return answer


def secret_of(portal: Any) -> str:
    found: str = portal.runtime.settings.seed_file.parent.joinpath("partner.secret").read_text()
    return found


@pytest.mark.parametrize("audience", [ISSUER, f"{ISSUER}/oauth2/token", [ISSUER]])
async def test_service_proves_itself_by_its_key(portal: Any, audience: object, helpers: Any) -> None:
    answer = await ask(
        portal, assertion(portal.keys["gateway"], aud=audience, jti=f"id-{audience}-{time.time_ns()}")
    )
    assert answer.headers["cache-control"] == "no-store"
    claims = helpers.read_claims(answer.json()["access_token"])
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, "catalog", "gateway")
    assert (claims["roles"], claims["entry"], claims["consent"]) == (["service"], "full", True)
    assert claims["exp"] - claims["iat"] == 120


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "http://127.0.0.1:8101/oauth2/token"},
        {"aud": [ISSUER, "other"]},
        {"aud": None},
        {"sub": "registry"},
        {"iss": "registry"},
        {"exp": int(time.time()) - 3600},
        {"exp": int(time.time()) + 86_400},
        {"exp": None},
        {"exp": "soon"},
        {"iat": int(time.time()) - 3600},
        {"jti": None},
        {"jti": "short"},
    ],
)
async def test_bad_assertion_is_refused(portal: Any, changes: dict[str, Any]) -> None:
    answer = await ask(
        portal, assertion(portal.keys["gateway"], **{"jti": f"bad-{time.time_ns()}", **changes})
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_assertion_of_another_key_or_algorithm_is_refused(portal: Any) -> None:
    for signed in (
        assertion(ECKey.generate_key("P-256")),
        assertion(portal.keys["registry"]),
        assertion(OctKey.import_key(secrets.token_bytes(32)), "HS256"),
        "x.y.z",
        "",
    ):
        assert (await ask(portal, signed)).json()["error"] == "invalid_client"


async def test_assertion_is_good_once(portal: Any) -> None:
    signed = assertion(portal.keys["gateway"], jti=f"once-{time.time_ns()}")
    assert (await ask(portal, signed)).status_code == 200
    assert (await ask(portal, signed)).json()["error"] == "invalid_client"


async def test_name_of_a_key_file_cannot_wander(portal: Any) -> None:
    answer = await ask(
        portal, assertion(portal.keys["gateway"], iss="../gateway", sub="../gateway"), client_id="../gateway"
    )
    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("client", "audience", "allowed"),
    [
        ("applications", "identity", True),
        ("applications", "catalog", False),
        ("applications", "registry", True),
        ("registry", "identity", True),
        ("registry", "registry", False),
        ("cycles", "identity", False),
        ("gateway", "nobody", False),
    ],
)
async def test_service_asks_only_whom_it_may(portal: Any, client: str, audience: str, allowed: bool) -> None:
    answer = await portal.token({"grant_type": "client_credentials", "audience": audience}, by=client)
    assert (answer.status_code == 200) is allowed
    if not allowed:
        assert answer.json()["error"] == "invalid_target"


@pytest.mark.req("PAR-01")
@pytest.mark.parametrize("way", ["basic", "post"])
async def test_partner_gets_a_token_by_its_secret(portal: Any, way: str, helpers: Any) -> None:
    form = {"grant_type": "client_credentials", "scope": "partner"}
    headers = {}
    if way == "basic":
        headers["Authorization"] = (
            "Basic " + base64.b64encode(f"partner-demo:{secret_of(portal)}".encode()).decode()
        )
    else:
        form |= {"client_id": "partner-demo", "client_secret": secret_of(portal)}
    answer = await portal.client.post("/oauth2/token", data=form, headers=headers)
    token = answer.json()["access_token"]
    claims = helpers.read_claims(token)
    assert (claims["aud"], claims["roles"], claims["client_id"]) == ("api", ["partner"], "partner-demo")
    assert claims["exp"] - claims["iat"] == 600
    inner = await portal.exchange(
        token, "notifications", subject_token_type="urn:ietf:params:oauth:token-type:access_token"
    )
    claims = helpers.read_claims(inner.json()["access_token"])
    assert (claims["aud"], claims["sub"], claims["roles"], claims["act"]) == (
        "notifications",
        "partner-demo",
        ["partner"],
        {"sub": "gateway"},
    )


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_id": "partner-demo", "client_secret": "wrong" * 10}, "invalid_client"),
        ({"client_id": "partner-demo", "client_secret": ""}, "invalid_client"),
        ({"client_id": "partner-demo"}, "invalid_client"),
        ({"client_id": "nobody", "client_secret": "x" * 40}, "invalid_client"),
        ({}, "invalid_client"),
        ({"client_id": "nmo-cli"}, "unauthorized_client"),
        ({"client_id": "nmo-cli", "client_secret": ""}, "invalid_client"),
        ({"client_id": "partner-demo", "client_secret": "SECRET", "scope": "api"}, "invalid_scope"),
        ({"client_id": "partner-demo", "client_secret": "SECRET", "audience": "cycles"}, "invalid_target"),
        (
            {"client_id": "partner-demo", "client_secret": "SECRET", "grant_type": "password"},
            "unsupported_grant_type",
        ),
        (
            {"client_id": "partner-demo", "client_secret": "SECRET", "client_assertion": "x"},
            "invalid_request",
        ),
    ],
)
async def test_partner_without_right_is_refused(portal: Any, form: dict[str, str], error: str) -> None:
    sent = {"grant_type": "client_credentials", **form}
    if sent.get("client_secret") == "SECRET":
        sent["client_secret"] = secret_of(portal)
    answer = await portal.client.post("/oauth2/token", data=sent)
    assert answer.json()["error"] == error
    assert "access_token" not in answer.json()


async def test_odd_forms_are_refused(portal: Any) -> None:
    twice = b"grant_type=client_credentials&grant_type=client_credentials"
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert (await portal.client.post("/oauth2/token", content=twice, headers=kind)).json()[
        "error"
    ] == "invalid_request"
    assert (await portal.client.post("/oauth2/token", json={"grant_type": "x"})).json()[
        "error"
    ] == "invalid_request"


async def test_exchange_is_for_the_gateway_alone(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    form = {
        "grant_type": EXCHANGE,
        "audience": "cycles",
        "subject_token": handle,
        "subject_token_type": "urn:nmo:params:oauth:token-type:session",
    }
    for service in ("registry", "applications", "notifications"):
        assert (await portal.token(form, by=service)).json()["error"] == "unauthorized_client"
    partner = {**form, "client_id": "partner-demo", "client_secret": secret_of(portal)}
    assert (await portal.client.post("/oauth2/token", data=partner)).json()["error"] == "unauthorized_client"
    public = {**form, "client_id": "nmo-cli"}
    assert (await portal.client.post("/oauth2/token", data=public)).json()["error"] == "unauthorized_client"
    assert (await portal.token(form)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"audience": "api"}, "invalid_target"),
        ({"audience": "gateway"}, "invalid_target"),
        ({"subject_token": "unknown"}, "invalid_grant"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"organization_id": "00000000-0000-0000-0000-000000000001"}, "invalid_request"),
        ({"organization_id": "x"}, "invalid_request"),
    ],
)
async def test_exchange_of_the_wrong_thing(portal: Any, changes: dict[str, str], error: str) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    form = {
        "grant_type": EXCHANGE,
        "audience": "cycles",
        "subject_token": handle,
        "subject_token_type": "urn:nmo:params:oauth:token-type:session",
        **changes,
    }
    assert (await portal.token(form)).json()["error"] == error


async def test_inner_token_is_no_subject_token(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    inner = (await portal.exchange(handle, "cycles")).json()["access_token"]
    answer = await portal.exchange(
        inner, "catalog", subject_token_type="urn:ietf:params:oauth:token-type:access_token"
    )
    assert answer.json()["error"] == "invalid_grant"


async def test_session_past_its_time_gives_nothing(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    async with portal.db.write() as session:
        await session.execute(text("update auth_session set expires_at = now() - interval '1 second'"))
    assert (await portal.exchange(handle)).json()["error"] == "invalid_grant"


async def test_introspection_tells_the_owner_alone(portal: Any) -> None:
    credentials = {"client_id": "partner-demo", "client_secret": secret_of(portal)}
    token = (
        await portal.client.post("/oauth2/token", data={**credentials, "grant_type": "client_credentials"})
    ).json()["access_token"]
    own = (await portal.client.post("/oauth2/introspect", data={**credentials, "token": token})).json()
    assert (own["active"], own["client_id"], own["scope"]) == (True, "partner-demo", "partner")
    public = await portal.client.post("/oauth2/introspect", data={"client_id": "nmo-cli", "token": token})
    assert public.status_code == 401
    unknown = await portal.client.post("/oauth2/introspect", data={**credentials, "token": "x"})
    assert unknown.json() == {"active": False}
    foreign = await portal.client.post("/oauth2/revoke", data={"client_id": "nmo-cli", "token": token})
    assert foreign.status_code == 200
    still = (await portal.client.post("/oauth2/introspect", data={**credentials, "token": token})).json()
    assert still["active"]
    await portal.client.post("/oauth2/revoke", data={**credentials, "token": token})
    gone = await portal.client.post("/oauth2/introspect", data={**credentials, "token": token})
    assert gone.json() == {"active": False}


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
async def test_keys_change_without_a_gap(portal: Any, algorithm: str) -> None:
    cipher = portal.runtime.extras["cipher"]
    ring = KeyRing(portal.db, cipher)
    old_kid, _ = await ring.signing(algorithm)
    known = {key["kid"] for key in (await ring.jwks())["keys"]}
    async with portal.db.write() as session:
        await rotate_keys(session, cipher, now=clock.now())
    ring.forget()
    published = {key["kid"]: key["alg"] for key in (await ring.jwks())["keys"]}
    (new_kid,) = [kid for kid, alg in published.items() if alg == algorithm and kid not in known]
    assert known <= set(published)
    assert (await ring.signing(algorithm))[0] == old_kid
    try:
        clock.set_offset(PUBLISH_AHEAD.total_seconds() + 1)
        ring.forget()
        assert (await ring.signing(algorithm))[0] == new_kid
        clock.set_offset((PUBLISH_AHEAD + KEEP_BEHIND).total_seconds() + 1)
        ring.forget()
        left = {key["kid"] for key in (await ring.jwks())["keys"]}
        assert new_kid in left
        assert old_kid not in left
    finally:
        clock.set_offset(0)
    async with portal.db.write() as session:
        assert await rotate_if_old(session, cipher, now=clock.now()) is None
        assert await rotate_if_old(session, cipher, now=clock.now() + timedelta(days=31)) is not None


async def test_stolen_key_verifies_nothing_after_its_change(portal: Any) -> None:
    cipher = portal.runtime.extras["cipher"]
    ring = KeyRing(portal.db, cipher)
    stolen, _ = await ring.signing()
    stolen_rsa, _ = await ring.signing("RS256")
    async with portal.db.read() as session:
        before = (await session.execute(text("select kid, retired_at from signing_key"))).all()
    async with portal.db.write() as session:
        new_kid = await rotate_keys(session, cipher, now=clock.now(), at_once=True)
    try:
        ring.forget()
        assert {key["kid"] for key in (await ring.jwks())["keys"]} >= {stolen, new_kid}
        assert (await ring.signing())[0] == stolen, "services have not read the new one yet"
        clock.set_offset(SPREAD.total_seconds())
        left = {key["alg"]: key["kid"] for key in (await ring.jwks())["keys"]}
        assert (left["ES256"], len((await ring.jwks())["keys"])) == (new_kid, 2), "without reading anew"
        assert left["RS256"] != stolen_rsa
        assert (await ring.signing("RS256"))[0] == left["RS256"]
        assert (await ring.signing())[0] == new_kid
    finally:
        clock.set_offset(0)
        # The other tests go on with the keys that their verifiers hold.
        async with portal.db.write() as session:
            await session.execute(text("delete from signing_key where kid = :kid"), {"kid": new_kid})
            for kid, retired_at in before:
                await session.execute(
                    text("update signing_key set retired_at = :at where kid = :kid"),
                    {"kid": kid, "at": retired_at},
                )


async def test_keys_are_read_though_requests_hold_every_connection(portal: Any) -> None:
    ring = portal.runtime.extras["keyring"]
    async with AsyncExitStack() as stack:
        for _ in range(portal.runtime.settings.pool_size):
            session = await stack.enter_async_context(portal.db.read())
            await session.execute(text("select 1"))
        ring.forget()
        async with asyncio.timeout(5):
            assert await ring.signing()


async def test_token_of_a_disabled_client_opens_nothing(portal: Any) -> None:
    credentials = {"client_id": "partner-demo", "client_secret": secret_of(portal)}
    granted = await portal.client.post(
        "/oauth2/token", data={**credentials, "grant_type": "client_credentials"}
    )
    token, kind = granted.json()["access_token"], "urn:ietf:params:oauth:token-type:access_token"
    assert (await portal.exchange(token, "catalog", subject_token_type=kind)).status_code == 200
    statement = "update oidc_client set disabled_at = {} where client_id = 'partner-demo'"
    async with portal.db.write() as session:
        await session.execute(text(statement.format("now()")))
    try:
        refused = await portal.exchange(token, "catalog", subject_token_type=kind)
        assert refused.json()["error"] == "invalid_grant"
    finally:
        async with portal.db.write() as session:
            await session.execute(text(statement.format("null")))


async def test_published_keys_hold_nothing_private(portal: Any) -> None:
    answer = await portal.client.get("/oauth2/jwks")
    for key in answer.json()["keys"]:
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)
    kinds = {(key["kty"], key["alg"], key["use"]) for key in answer.json()["keys"]}
    assert kinds == {("EC", "ES256", "sig"), ("RSA", "RS256", "sig")}
    inside = await portal.client.get("/internal/keys", headers=await portal.service_headers())
    assert {key["alg"] for key in inside.json()["keys"]} == {"ES256"}, "our own services read no other"
    KeySet.import_key_set(answer.json())
    async with portal.db.read() as session:
        both = "select private_sealed from signing_key union all select private_sealed from rsa_signing_key"
        sealed = (await session.execute(text(both))).scalars().all()
    assert all(b"PRIVATE" not in bytes(blob) for blob in sealed)


async def test_assertion_helper_of_the_kit_is_accepted(portal: Any) -> None:
    signed = client_assertion(portal.keys["gateway"], client_id="gateway", audience=ISSUER)
    assert (await ask(portal, signed)).status_code == 200
