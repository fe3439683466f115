"""A role is asked for, given or refused within one's own scope, and lost at once (ROL-03, P20, T15)."""

import asyncio
import itertools
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from nmo_identity.letters.rules import place
from nmo_identity.oidc_provider.keyring import KeyRing
from nmo_identity.roles.commands.add_grant import add_grant
from nmo_identity.roles.rules import ORGANIZATION_ROLES, STAFF_ROLES, givers_of, may_give, scope_of
from nmo_identity.seed import seed
from nmo_kit import clock
from nmo_kit.snils import Snils
from nmo_kit.tokens import JwksCache
from nmo_testkit.messages import drain_outbox

HOME, AWAY = UUID(int=11), UUID(int=12)
NUMBERS = itertools.count(1)
WHY = "Работаю в деканате, принимаю заявки слушателей"
pytestmark = pytest.mark.req("ROL-03", "P20", "T15")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept in memory, so that no test waits."""
    monkeypatch.setattr(JwksCache, "FRESH_S", 0.0)
    monkeypatch.setattr(KeyRing, "REREAD_S", 0.0)


def snils_of(number: int) -> str:
    """A number that no other test uses."""
    digits = f"55{number:07d}"
    control = (
        sum(int(digit) * weight for digit, weight in zip(digits, range(9, 0, -1), strict=True)) % 101 % 100
    )
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]} {control:02d}"


class Actor:
    """A signed-in person of a test."""

    def __init__(self, portal: Any, handle: str, person_id: str, number: int) -> None:
        self.portal, self.handle, self.person_id, self.number = portal, handle, person_id, number

    async def call(self, method: str, path: str, body: Any = None, **extra: str) -> Any:
        token = (await self.portal.exchange(self.handle, **extra)).json()["access_token"]
        return await self.portal.client.request(
            method, path, json=body, headers={"Authorization": f"Bearer {token}"}
        )

    async def ask(self, role: str, organization: UUID | None, reason: str = WHY) -> Any:
        place = str(organization) if organization else None
        return await self.call(
            "POST", "/api/v1/me/roles/requests", {"role": role, "organization_id": place, "reason": reason}
        )

    async def asked(self, role: str, organization: UUID | None) -> str:
        answer = await self.ask(role, organization)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["request_id"])

    async def decide(self, request_id: str, *, grant: bool = True, at: str = "organization") -> Any:
        what, body = ("grant", {"answer": ""}) if grant else ("refuse", {"reason": "Вы у нас не работаете"})
        return await self.call("POST", f"/api/v1/{at}/people/requests/{request_id}/{what}", body)

    async def people(self, at: str = "organization") -> dict[str, Any]:
        answer = await self.call("GET", f"/api/v1/{at}/people")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def membership_of(self, other: "Actor", role: str) -> str:
        async with self.portal.db.read() as session:
            query = (
                "select id from membership where person_id = :person and role = :role and revoked_at is null"
            )
            values = {"person": other.person_id, "role": role}
            return str((await session.execute(text(query), values)).scalar_one())

    async def revoke(self, membership_id: str, at: str = "organization") -> Any:
        path = f"/api/v1/{at}/people/{membership_id}/revoke"
        return await self.call("POST", path, {"reason": "Больше не работает"})

    async def roles(self) -> list[str]:
        me = await self.call("GET", "/api/v1/me")
        return sorted(me.json()["roles"])


class People:
    """Makes actors; those with a role have it by their number."""

    def __init__(self, portal: Any) -> None:
        self.portal = portal

    async def of(self, role: str | None = None, organization: UUID | None = None) -> Actor:
        number = next(NUMBERS)
        if role is not None:
            assert await self.grant(number, role, organization)
        found = await self.sign_in(number)
        return Actor(self.portal, found["session"]["handle"], found["person"]["person_id"], number)

    async def sign_in(self, number: int) -> Any:
        return await self.portal.sign_in(oid=2000400000 + number, snils=snils_of(number))

    async def grant(self, number: int, role: str, organization: UUID | None) -> bool:
        async with self.portal.db.write() as session:
            return await add_grant(
                session,
                Snils.parse(snils_of(number)),
                role,
                organization,
                granted_by="test",
                cipher=self.portal.runtime.extras["cipher"],
                now=clock.now(),
            )


@pytest.fixture
def people(portal: Any) -> People:
    return People(portal)


async def letters(portal: Any) -> list[tuple[str, str, dict[str, str]]]:
    """Kind, address and parameters of the letters owed."""
    cipher = portal.runtime.extras["cipher"]
    async with portal.db.read() as session:
        rows = (await session.execute(text("select * from letter order by issued_at, id"))).mappings().all()
    return [
        (
            row["kind"],
            cipher.decrypt(row["to_sealed"], aad=place("to_sealed", row["id"])),
            json.loads(cipher.decrypt(row["params_sealed"], aad=place("params_sealed", row["id"]))),
        )
        for row in rows
    ]


@pytest.mark.req("REG-12")
async def test_role_is_asked_for_given_and_taken_with_letters_events_and_journal(
    portal: Any, people: People
) -> None:
    async with portal.db.write() as session:
        await session.execute(text("delete from letter"))
    chief, doctor = await people.of("org_admin", HOME), await people.of()
    await drain_outbox(portal.db)
    request_id = await doctor.asked("org_staff", HOME)
    (waiting,) = (await chief.people())["requests"]
    assert (waiting["request_id"], waiting["reason"], waiting["may_decide"]) == (request_id, WHY, True)
    assert (await chief.decide(request_id)).status_code == 200
    assert await doctor.roles() == ["org_staff"]
    holders = {(row["title"], row["mine"], row["may_revoke"]) for row in (await chief.people())["items"]}
    assert holders == {("Администратор организации", True, False), ("Сотрудник организации", False, True)}
    before = (await portal.exchange(doctor.handle)).json()["access_token"]
    assert (await chief.revoke(await chief.membership_of(doctor, "org_staff"))).status_code == 204
    stale = await portal.client.get("/api/v1/me", headers={"Authorization": f"Bearer {before}"})
    assert (stale.status_code, stale.json()["code"]) == (401, "token_stale")
    assert await doctor.roles() == ["specialist"]
    told = [event.type_name for event in await drain_outbox(portal.db) if "membership" in event.type_name]
    assert told == ["identity.membership.granted.v1", "identity.membership.revoked.v1"]
    sent = await letters(portal)
    assert [kind for kind, _, _ in sent] == ["role_asked", "role_granted", "role_revoked"]
    assert sent[0][2] == {"role": "Сотрудник организации", "page": "/organisation/people"}
    actions = {row["action"]: row for row in await portal.journal(f"person_id = '{doctor.person_id}'")}
    assert actions["membership.granted"]["actor"] == chief.person_id
    assert actions["membership.revoked"]["actor"] == chief.person_id
    assert actions["role.revoked"]["organization_id"] == HOME
    assert {"role.requested", "role.request_granted"} <= actions.keys()
    mine = (await doctor.call("GET", "/api/v1/me/roles")).json()
    assert (mine["roles"], [row["state"] for row in mine["requests"]]) == ([], ["granted"])


async def test_refused_request_tells_why_and_may_be_repeated(portal: Any, people: People) -> None:
    chief, doctor = await people.of("org_admin", HOME), await people.of()
    first = await doctor.asked("org_staff", HOME)
    assert (await doctor.ask("org_staff", HOME)).json()["code"] == "role_requested"
    assert (await chief.decide(first, grant=False)).json()["state"] == "refused"
    assert (await chief.decide(first)).json()["code"] == "role_request_decided"
    second = await doctor.asked("org_staff", HOME)
    (newest, oldest) = (await doctor.call("GET", "/api/v1/me/roles")).json()["requests"]
    assert (oldest["answer"], newest["state"]) == ("Вы у нас не работаете", "pending")
    assert (await doctor.call("DELETE", f"/api/v1/me/roles/requests/{second}")).status_code == 204
    assert (await doctor.call("DELETE", f"/api/v1/me/roles/requests/{second}")).status_code == 409
    assert (await chief.decide(second)).json()["code"] == "role_request_decided"
    assert (await chief.call("DELETE", f"/api/v1/me/roles/requests/{first}")).status_code == 404


async def test_nobody_gives_beyond_own_organisation_or_to_themselves(people: People) -> None:
    chief, stranger, doctor = (
        await people.of("org_admin", HOME),
        await people.of("org_admin", AWAY),
        await people.of(),
    )
    wanted = await doctor.asked("org_staff", HOME)
    assert (await stranger.decide(wanted)).status_code == 404
    assert (await stranger.people())["requests"] == []
    assert (await doctor.decide(wanted)).status_code == 403
    portal_role = await doctor.asked("support", None)
    assert (await chief.decide(portal_role)).status_code == 404
    own = await chief.asked("head", HOME)
    assert (await chief.decide(own)).json()["code"] == "own_role"
    (listed,) = [row for row in (await chief.people())["requests"] if row["mine"]]
    assert listed["may_decide"] is False
    away = await stranger.membership_of(stranger, "org_admin")
    assert (await chief.revoke(away)).status_code == 404
    assert (await chief.revoke(await chief.membership_of(chief, "org_admin"))).json()["code"] == "own_role"
    assert (await chief.decide(wanted, at="admin")).status_code == 403


async def test_head_gives_only_the_personnel_role(people: People) -> None:
    head, doctor = await people.of("head", HOME), await people.of()
    assert (await head.decide(await doctor.asked("org_admin", HOME))).status_code == 404
    assert (await head.decide(await doctor.asked("hr", HOME))).status_code == 200
    assert await doctor.roles() == ["hr"]


async def test_last_administrator_stays_even_if_two_are_taken_at_once(portal: Any, people: People) -> None:
    first, second, boss = (
        await people.of("org_admin", HOME),
        await people.of("org_admin", HOME),
        await people.of("admin"),
    )
    answers = await asyncio.gather(
        first.revoke(await first.membership_of(second, "org_admin")),
        second.revoke(await second.membership_of(first, "org_admin")),
        boss.revoke(await boss.membership_of(first, "org_admin"), at="admin"),
    )
    assert sorted(answer.status_code for answer in answers).count(204) == 1
    left = first if await first.roles() == ["org_admin"] else second
    answer = await boss.revoke(await boss.membership_of(left, "org_admin"), at="admin")
    assert (answer.status_code, answer.json()["code"]) == (409, "last_administrator")
    other = await people.of("admin")
    assert (await boss.revoke(await boss.membership_of(other, "admin"), at="admin")).status_code == 204


async def test_role_taken_does_not_come_back_with_the_seed_or_a_sign_in(portal: Any, people: People) -> None:
    boss = await people.of("admin")
    clerk = await people.of("support")
    assert (await boss.revoke(await boss.membership_of(clerk, "support"), at="admin")).status_code == 204
    assert not await people.grant(clerk.number, "support", None)
    await seed(portal.runtime, demo=True)
    again = await people.sign_in(clerk.number)
    assert again["person"]["roles"] == ["specialist"]


async def test_risky_actions_ask_for_a_fresh_sign_in(portal: Any, people: People) -> None:
    chief, doctor = await people.of("org_admin", HOME), await people.of()
    wanted = await doctor.asked("org_staff", HOME)
    async with portal.db.write() as session:
        await session.execute(text("update auth_session set auth_time = auth_time - interval '6 minutes'"))
    for answer in (
        await chief.decide(wanted),
        await chief.decide(wanted, grant=False),
        await chief.revoke(await chief.membership_of(chief, "org_admin")),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "step_up_required")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"role": "org_staff", "reason": WHY}, "/organization_id"),
        ({"role": "support", "organization_id": str(HOME), "reason": WHY}, "/organization_id"),
        ({"role": "owner", "reason": WHY}, "/role"),
        ({"role": "support", "reason": "дайте"}, "/reason"),
        ({"role": "support", "reason": WHY, "state": "granted"}, "/state"),
        ({"role": "support", "reason": WHY, "person_id": str(uuid4())}, "/person_id"),
    ],
)
@pytest.mark.req("T16")
async def test_request_that_makes_no_sense_is_refused_at_its_field(
    people: People, body: dict[str, Any], field: str
) -> None:
    doctor = await people.of()
    answer = await doctor.call("POST", "/api/v1/me/roles/requests", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [field]


async def test_more_than_five_requests_do_not_wait(people: People) -> None:
    doctor = await people.of()
    for number in range(5):
        await doctor.asked("org_staff", UUID(int=100 + number))
    assert (await doctor.ask("org_staff", UUID(int=200))).json()["code"] == "too_many_role_requests"


@pytest.mark.req("ROL-01")
async def test_work_place_narrows_the_session_to_one_role(portal: Any, helpers: Any, people: People) -> None:
    worker = await people.of("org_staff", HOME)
    await people.grant(worker.number, "hr", AWAY)
    again = await people.sign_in(worker.number)
    worker.handle = again["session"]["handle"]

    async def claims() -> tuple[list[str], str | None, str]:
        found = helpers.read_claims((await portal.exchange(worker.handle)).json()["access_token"])
        return found["roles"], found.get("org"), found["entry"]

    places = (await worker.call("GET", "/api/v1/me/workplaces")).json()["items"]
    assert [(row["role"], row["organization_id"], row["current"]) for row in places] == [
        ("org_staff", str(HOME), False),
        ("hr", str(AWAY), False),
        ("specialist", None, False),
    ]
    for role, organization, entry in (
        ("hr", str(AWAY), "full"),
        ("org_staff", str(HOME), "full"),
        ("specialist", None, "unmatched"),
    ):
        chosen = {"role": role, "organization_id": organization}
        assert (await worker.call("PUT", "/api/v1/me/workplace", chosen)).status_code == 204
        assert await claims() == (sorted(["person", role]), organization, entry)
        places = (await worker.call("GET", "/api/v1/me/workplaces")).json()["items"]
        assert [row["role"] for row in places if row["current"]] == [role]
    for wrong in ({"role": "hr", "organization_id": str(HOME)}, {"role": "admin"}):
        answer = await worker.call("PUT", "/api/v1/me/workplace", wrong)
        assert (answer.status_code, answer.json()["code"]) == (409, "workplace_unknown")
    await worker.call("PUT", "/api/v1/me/workplace", {"role": "hr", "organization_id": str(AWAY)})
    async with portal.db.write() as session:
        await session.execute(text("update membership set revoked_at = now() where role = 'hr'"))
    assert (await claims())[:2] == (["org_staff", "person"], str(HOME)), (
        "a place that was lost is left by itself"
    )


def test_nothing_given_reaches_beyond_the_giver() -> None:
    places = [None, HOME, AWAY]
    every = [
        (role, place)
        for role in STAFF_ROLES
        for place in places
        if (role in ORGANIZATION_ROLES) == bool(place)
    ]
    for holder in every:
        given = {wanted for wanted in every if may_give(holder, wanted)}
        for further in given:
            reach = {wanted for wanted in every if may_give(further, wanted)}
            assert reach <= given, f"{holder} could reach by {further} what it may not give"
    for wanted in every:
        assert {holder for holder in every if may_give(holder, wanted)} == set(givers_of(wanted)) & set(every)
        assert ("admin", None) in givers_of(wanted)


def test_scope_is_what_is_held_and_spoken_for() -> None:
    held = [("org_admin", HOME), ("org_admin", AWAY), ("admin", None)]
    assert scope_of(held, {"org_admin"}, HOME) == [("org_admin", HOME)]
    assert scope_of(held, {"admin"}, None) == [("admin", None)]
    assert scope_of([], {"admin", "org_admin"}, HOME) == []
