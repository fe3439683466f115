"""Open sessions: listed, ended one by one and all at once, with everything that hangs on them (T11, P08, P17)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from nmo_identity.sessions.commands.end_sessions import end_sessions
from nmo_identity.sessions.errors import StepUpRequired
from nmo_identity.sessions.step_up import require_recent
from nmo_kit import clock
from nmo_kit.principal import Principal


async def sids(portal: Any, handle: str) -> dict[str, bool]:
    answer = await portal.client.get("/api/v1/me/sessions", headers=await portal.headers(handle))
    return {item["sid"]: item["current"] for item in answer.json()["items"]}


@pytest.mark.req("T11", "P17")
async def test_person_sees_own_sessions_and_ends_one(portal: Any) -> None:
    here, there = [(await portal.sign_in())["session"] for _ in range(2)]
    await portal.agree(here["handle"])
    assert await sids(portal, here["handle"]) == {here["sid"]: True, there["sid"]: False}
    token = (await portal.exchange(there["handle"])).json()["access_token"]
    headers = await portal.headers(here["handle"])
    answer = await portal.client.delete(f"/api/v1/me/sessions/{there['sid']}", headers=headers)
    assert answer.status_code == 204
    assert await sids(portal, here["handle"]) == {here["sid"]: True}
    assert (await portal.exchange(there["handle"])).json()["error"] == "invalid_grant"
    portal.runtime.extras["keyring"].forget()
    assert there["sid"] in (await portal.client.get("/internal/keys")).json()["ended"], (
        "services refuse its tokens"
    )
    assert token
    again = await portal.client.delete(f"/api/v1/me/sessions/{there['sid']}", headers=headers)
    assert (again.status_code, again.json()["code"]) == (404, "session_unknown")
    (row,) = await portal.journal("action = 'session.ended'")
    assert (row["object"], row["reason"]) == (f"session/{there['sid']}", "ended_by_person")


@pytest.mark.req("T11", "T14")
async def test_nobody_ends_a_strangers_session(portal: Any) -> None:
    mine = (await portal.sign_in())["session"]
    other = (await portal.sign_in(oid=1000400777, snils="112-233-445 95", lastName="Ольхина"))["session"]
    headers = await portal.headers(mine["handle"])
    answer = await portal.client.delete(f"/api/v1/me/sessions/{other['sid']}", headers=headers)
    assert answer.status_code == 404
    assert (await portal.client.post("/api/v1/me/sessions/end-others", headers=headers)).json() == {
        "ended": 0
    }
    assert (await portal.exchange(other["handle"])).status_code == 200


@pytest.mark.req("T11", "P08", "REG-07")
async def test_ending_all_takes_tokens_and_codes_along(portal: Any) -> None:
    kept, gone = [(await portal.sign_in())["session"] for _ in range(2)]
    person_id = UUID((await portal.me(kept["handle"]))["person_id"])
    async with portal.db.write() as session:
        await session.execute(
            text(
                """
                insert into refresh_token (token_hash, family_id, client_id, person_id, sid, scope, created_at, expires_at)
                values ('\\x01', :family, 'nmo-cli', :person, :gone, 'openid', app_now(), app_now() + interval '1 h'),
                       ('\\x02', :family, 'nmo-cli', :person, :kept, 'openid', app_now(), app_now() + interval '1 h')
                """
            ),
            {"family": uuid4(), "person": person_id, "gone": gone["sid"], "kept": kept["sid"]},
        )
    async with portal.db.write() as session:
        ended = await end_sessions(
            session,
            person_id,
            keep_sid=UUID(kept["sid"]),
            reason="recovery",
            now=clock.now(),
            by="identity.test",
        )
    assert ended == 1
    async with portal.db.read() as session:
        rows = await session.execute(text("select sid, revoked_at is not null from refresh_token"))
        assert {str(sid): revoked for sid, revoked in rows} == {gone["sid"]: True, kept["sid"]: False}
    assert (await portal.exchange(gone["handle"])).status_code == 400
    assert (await portal.exchange(kept["handle"])).status_code == 200


@pytest.mark.req("P09")
@pytest.mark.parametrize(
    ("age", "allowed"), [(0, True), (299, True), (300, True), (301, False), (86_400, False)]
)
def test_risky_action_asks_for_a_recent_sign_in(age: int, allowed: bool) -> None:
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    principal = Principal(
        sub=str(uuid4()), roles=frozenset({"person"}), auth_time=now - timedelta(seconds=age)
    )
    if allowed:
        require_recent(principal, now)
    else:
        with pytest.raises(StepUpRequired):
            require_recent(principal, now)


def test_token_without_a_time_is_not_recent() -> None:
    with pytest.raises(StepUpRequired):
        require_recent(Principal(sub="x", roles=frozenset()), datetime.now(UTC))
