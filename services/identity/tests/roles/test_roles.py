"""Roles by СНИЛС: given before the first sign-in, taken away at the next one (ROL-01)."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from nmo_identity.roles.commands.add_grant import add_grant
from nmo_identity.roles.rules import check_grant
from nmo_kit import clock
from nmo_kit.snils import Snils
from nmo_testkit.messages import drain_outbox

STAFF = {"oid": 1000400201, "snils": "112-233-445 95", "lastName": "Работникова"}
ADMIN = {"oid": 1000400202, "snils": "087-654-303 00", "lastName": "Админова"}
pytestmark = pytest.mark.req("ROL-01")


async def claims_of(portal: Any, helpers: Any, handle: str, **extra: str) -> dict[str, Any]:
    answer = await portal.exchange(handle, "applications", **extra)
    found: dict[str, Any] = helpers.read_claims(answer.json()["access_token"])
    return found


async def test_staff_gets_role_and_organization(portal: Any, helpers: Any) -> None:
    signed_in = await portal.sign_in(**STAFF)
    assert (signed_in["person"]["entry"], signed_in["person"]["roles"]) == ("full", ["org_staff"])
    claims = await claims_of(portal, helpers, signed_in["session"]["handle"])
    assert (claims["roles"], claims["org"], claims["consent"]) == (
        ["org_staff", "person"],
        helpers.organization,
        False,
    )
    granted = [event for event in await drain_outbox(portal.db) if "membership" in event.type_name]
    assert [(event.type_name, event.data["role"]) for event in granted] == [
        ("identity.membership.granted.v1", "org_staff")
    ]
    await portal.sign_in(**STAFF)
    assert not await drain_outbox(portal.db)


async def test_staff_is_a_specialist_only_once_matched(portal: Any, helpers: Any) -> None:
    handle = (await portal.sign_in(**STAFF))["session"]["handle"]
    portal.register.says("not_found")
    await portal.agree(handle)
    assert (await portal.me(handle))["roles"] == ["org_staff"]
    portal.register.says("exact")
    await portal.client.post("/api/v1/me/refresh", headers=await portal.headers(handle))
    claims = await claims_of(portal, helpers, handle)
    assert claims["roles"] == ["org_staff", "person", "specialist"]
    assert claims["spec"] == helpers.specialist


async def test_unconfirmed_account_gets_no_role_even_with_a_granted_number(portal: Any, helpers: Any) -> None:
    signed_in = await portal.sign_in(**{**STAFF, "trusted": False})
    claims = await claims_of(portal, helpers, signed_in["session"]["handle"])
    assert (claims["roles"], claims["entry"], claims.get("org")) == (["person"], "unconfirmed", None)


async def test_revoked_grant_ends_the_membership_at_the_next_sign_in(portal: Any) -> None:
    await portal.sign_in(**STAFF)
    await drain_outbox(portal.db)
    async with portal.db.write() as session:
        await session.execute(text("update role_grant set revoked_at = now() where role = 'org_staff'"))
    try:
        signed_in = await portal.sign_in(**STAFF)
        assert signed_in["person"]["roles"] == ["specialist"]
        (event,) = await drain_outbox(portal.db)
        assert event.type_name == "identity.membership.revoked.v1"
    finally:
        async with portal.db.write() as session:
            await session.execute(text("update role_grant set revoked_at = null where role = 'org_staff'"))


async def test_token_speaks_for_one_organization_and_its_roles(portal: Any, helpers: Any) -> None:
    other = UUID(int=77)
    cipher = portal.runtime.extras["cipher"]
    async with portal.db.write() as session:
        assert await add_grant(
            session,
            Snils.parse("11223344595"),
            "head",
            other,
            granted_by="test",
            cipher=cipher,
            now=clock.now(),
        )
        assert not await add_grant(
            session,
            Snils.parse("11223344595"),
            "head",
            other,
            granted_by="test",
            cipher=cipher,
            now=clock.now(),
        )
    handle = (await portal.sign_in(**STAFF))["session"]["handle"]
    first = await claims_of(portal, helpers, handle)
    second = await claims_of(portal, helpers, handle, organization_id=str(other))
    assert (first["org"], first["roles"]) == (helpers.organization, ["org_staff", "person"])
    assert (second["org"], second["roles"]) == (str(other), ["head", "person"])
    async with portal.db.write() as session:
        await session.execute(text("set local session_replication_role = replica"))
        await session.execute(text("delete from role_grant where role = 'head'"))


@pytest.mark.parametrize(
    ("role", "organization"),
    [("owner", None), ("org_staff", None), ("admin", UUID(int=1)), ("specialist", None)],
)
def test_impossible_grants_are_refused(role: str, organization: UUID | None) -> None:
    with pytest.raises(ValueError, match="role"):
        check_grant(role, organization)


@pytest.mark.req("PAR-01")
async def test_admin_registers_a_partner_that_gets_a_token_at_once(portal: Any) -> None:
    handle = (await portal.sign_in(**ADMIN))["session"]["handle"]
    body = {"client_id": "klinika-lms", "title": "Учебный портал клиники", "scopes": ["partner"]}
    made = await portal.client.post("/api/v1/admin/partners", json=body, headers=await portal.headers(handle))
    assert made.status_code == 201, made.text
    form = {"grant_type": "client_credentials", **made.json()}
    assert (await portal.client.post("/oauth2/token", data=form)).status_code == 200
    again = await portal.client.post(
        "/api/v1/admin/partners", json=body, headers=await portal.headers(handle)
    )
    assert (again.status_code, again.json()["code"]) == (409, "client_taken")
    ours = await portal.client.post(
        "/api/v1/admin/partners", json={**body, "client_id": "cycles"}, headers=await portal.headers(handle)
    )
    assert ours.status_code == 409
    async with portal.db.read() as session:
        row = (
            await session.execute(
                text("select oidc_client::text from oidc_client where client_id = 'klinika-lms'")
            )
        ).scalar_one()
    assert made.json()["client_secret"] not in row


@pytest.mark.req("PAR-01")
@pytest.mark.parametrize(
    "uri",
    [
        "http://partner.example/cb",
        "https://partner.example/cb#x",
        "javascript:alert(1)",
        "https://u@partner.example/",
    ],
)
async def test_partner_address_must_be_safe(portal: Any, uri: str) -> None:
    headers = await portal.headers((await portal.sign_in(**ADMIN))["session"]["handle"])
    body = {"client_id": "bad-partner", "title": "П", "scopes": ["openid"], "redirect_uris": [uri]}
    answer = await portal.client.post("/api/v1/admin/partners", json=body, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/redirect_uris/0")


async def test_only_an_admin_registers_partners(portal: Any) -> None:
    body = {"client_id": "sneaky", "title": "С", "scopes": ["partner"]}
    for person in ({}, STAFF):
        headers = await portal.headers((await portal.sign_in(**person))["session"]["handle"])
        assert (
            await portal.client.post("/api/v1/admin/partners", json=body, headers=headers)
        ).status_code == 403
