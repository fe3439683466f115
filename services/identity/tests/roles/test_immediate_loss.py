"""Rights that change are told to every service with the keys: a token made before is worth nothing (security D7)."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from nmo_identity.oidc_provider.keyring import KeyRing
from nmo_kit.tokens import JwksCache

STAFF = {"oid": 1000400201, "snils": "112-233-445 95", "lastName": "Работникова"}
pytestmark = pytest.mark.req("P20", "T11", "T15")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept in memory, so that no test waits."""
    monkeypatch.setattr(JwksCache, "FRESH_S", 0.0)
    monkeypatch.setattr(KeyRing, "REREAD_S", 0.0)


async def told(portal: Any) -> dict[str, Any]:
    answer = await portal.client.get("/internal/keys")
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


async def test_consent_taken_back_makes_earlier_tokens_stale(portal: Any, helpers: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    await portal.agree(handle)
    before = await portal.headers(handle)
    person_id = (await portal.me(handle))["person_id"]
    assert (await portal.client.delete("/api/v1/me/consents", headers=before)).status_code == 204
    refused = await portal.client.get("/api/v1/me", headers=before)
    assert (refused.status_code, refused.json()["code"]) == (401, "token_stale")
    after = await portal.headers(handle)
    version = helpers.read_claims(after["Authorization"].split()[1])["authz_ver"]
    assert (await told(portal))["versions"][person_id] == version
    assert (await portal.client.get("/api/v1/me", headers=after)).status_code == 200


async def test_first_sign_in_and_people_who_are_away_are_not_in_the_list(portal: Any) -> None:
    signed_in = await portal.sign_in(oid=1000400777)
    assert (await told(portal))["versions"] == {}
    async with portal.db.write() as session:
        await session.execute(text("update person set version = version + 1"))
    assert list((await told(portal))["versions"]) == [signed_in["person"]["person_id"]]
    async with portal.db.write() as session:
        await session.execute(text("update auth_session set expires_at = now() - interval '1 hour'"))
    assert (await told(portal))["versions"] == {}


async def test_change_is_forgotten_when_no_older_token_can_be_left(portal: Any) -> None:
    await portal.sign_in()
    async with portal.db.write() as session:
        await session.execute(text("update person set version = version + 1"))
    assert (await told(portal))["versions"]
    async with portal.db.write() as session:
        await session.execute(text("update person set version_at = version_at - interval '5 minutes'"))
    assert (await told(portal))["versions"] == {}


async def test_sessions_of_a_frozen_account_open_nothing_any_more(portal: Any) -> None:
    signed_in = await portal.sign_in(**STAFF)
    before = await portal.headers(signed_in["session"]["handle"])
    async with portal.db.write() as session:
        await session.execute(
            text(
                "update account set state = 'frozen', frozen_reason = 'risk', frozen_from = 'active', frozen_at = now()"
            )
        )
    assert UUID(signed_in["session"]["sid"]) in {UUID(sid) for sid in (await told(portal))["ended"]}
    assert (await portal.client.get("/api/v1/me", headers=before)).status_code == 401
    assert (await portal.exchange(signed_in["session"]["handle"])).json()["error"] == "invalid_grant"
