"""Signing in through ЕСИА: the way that works, and every attack on it."""

import asyncio
import secrets
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from nmo_kit import clock
from nmo_testkit.messages import drain_outbox
from nmo_testkit.wait import until


@pytest.mark.req("SSO-01", "SSO-06")
async def test_person_comes_back_signed_in(portal: Any, flow_id: str) -> None:
    query = await portal.start(flow_id)
    assert query["response_type"] == "code"
    assert query["redirect_uri"] == "http://127.0.0.1:8080/auth/esia/callback"
    assert UUID(query["state"]).version == 4
    code = portal.esia.code_for(portal.esia.person())
    answer = await portal.finish(flow_id, {"code": code, "state": query["state"]})
    body = answer.json()
    assert answer.status_code == 200, body
    assert body["person"]["short_name"] == "Журавская М. В."
    assert body["person"]["entry"] == "unmatched"
    assert body["person"]["roles"] == ["specialist"]
    assert portal.register.asked == []
    assert portal.esia.forms[-1]["grant_type"] == "authorization_code"
    assert portal.esia.forms[-1]["state"] != query["state"]


@pytest.mark.req("SSO-10", "P16")
async def test_second_sign_in_shows_the_first(portal: Any) -> None:
    first = await portal.sign_in()
    second = await portal.sign_in()
    assert first["person"]["previous_login_at"] is None
    assert second["person"]["person_id"] == first["person"]["person_id"]
    me = await portal.me(second["session"]["handle"])
    assert me["previous_login_at"] == second["person"]["previous_login_at"]
    assert me["snils"] == "971-161-656 16"
    assert me["snils_masked"] == "•••-•••-•56 ••"
    assert me["birth_on"] == "1984-03-17"
    assert me["email"] == "match@klinika.example.org"
    assert me["phone"] == "+79000001000"


@pytest.mark.req("SSO-01", "SSO-08")
async def test_live_session_at_the_provider_is_enough(portal: Any, flow_id: str, helpers: Any) -> None:
    """Signed in at Госуслуги an hour ago: one click and no password. Its token opens a session once all the same."""
    an_hour_ago = int(clock.now().timestamp()) - 3600

    def change(which: str, _: dict[str, Any], claims: dict[str, Any]) -> None:
        if which == "id":
            claims["auth_time"] = an_hour_ago

    portal.esia.mutate = change
    person = portal.esia.person()
    portal.esia.fixed_tokens = portal.esia.tokens(person)
    signed_in = await portal.sign_in()
    token = (await portal.exchange(signed_in["session"]["handle"])).json()["access_token"]
    assert helpers.read_claims(token)["auth_time"] == an_hour_ago
    query = await portal.start(flow_id)
    answer = await portal.finish(flow_id, {"code": portal.esia.code_for(person), "state": query["state"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "login_replayed")
    (row,) = await portal.journal("action = 'login.refused'")
    assert row["reason"] == "login_replayed:id_token_seen"


@pytest.mark.req("SSO-02", "MAT-05")
async def test_confirmed_person_without_a_number_proves_none(portal: Any) -> None:
    signed_in = await portal.sign_in(snils=None)
    assert signed_in["person"]["entry"] == "unmatched"
    async with portal.db.read() as session:
        kinds = (await session.execute(text("select kind, level from proof order by kind"))).all()
        person = (await session.execute(text("select snils_level, holds_snils from person"))).one()
    assert tuple(person) == (0, False)
    assert ("name", 3) in [tuple(row) for row in kinds]
    assert "snils" not in [kind for kind, _ in kinds]
    answer = await portal.agree(signed_in["session"]["handle"])
    assert answer.json()["entry"] == "limited"
    assert portal.register.asked == []


@pytest.mark.req("SSO-02", "P10")
@pytest.mark.parametrize("trusted", [False, None, "true", 1])
async def test_unconfirmed_account_opens_nothing(portal: Any, trusted: object) -> None:
    signed_in = await portal.sign_in(trusted=trusted)
    assert signed_in["person"]["entry"] == "unconfirmed"
    assert signed_in["person"]["roles"] == []
    refusal = await portal.agree(signed_in["session"]["handle"])
    assert (refusal.status_code, refusal.json()["entry"]) == (403, "unconfirmed")
    assert portal.register.asked == []
    assert (await portal.me(signed_in["session"]["handle"]))["entry"] == "unconfirmed"
    (row,) = await portal.journal("action = 'login.succeeded'")
    assert (row["result"], row["reason"]) == ("denied", "account_unconfirmed")


@pytest.mark.req("SSO-02", "P10")
async def test_token_without_trusted_mark_is_unconfirmed_whatever_rest_says(portal: Any) -> None:
    def untrusted(kind: str, _: dict[str, Any], claims: dict[str, Any]) -> None:
        if kind == "id":
            del claims["urn:esia:sbj"]["urn:esia:sbj:is_tru"]

    portal.esia.mutate = untrusted
    assert (await portal.sign_in())["person"]["entry"] == "unconfirmed"


async def refused(portal: Any, answer: Any, code: str, reason: str) -> None:
    body = answer.json()
    assert body["code"] == code, body
    assert body["trace_id"]
    assert body["detail"]
    (row,) = await portal.journal("action = 'login.refused'")
    assert row["reason"] == f"{code}:{reason}"
    assert row["trace_id"] == body["trace_id"]
    assert row["ip_prefix"] == "203.0.113.0/24"
    async with portal.db.read() as session:
        assert (await session.execute(text("select count(*) from auth_session"))).scalar_one() == 0


@pytest.mark.req("SSO-08")
async def test_state_of_another_browser_is_refused(portal: Any, flow_id: str) -> None:
    query = await portal.start(flow_id)
    code = portal.esia.code_for(portal.esia.person())
    answer = await portal.finish(secrets.token_urlsafe(32), {"code": code, "state": query["state"]})
    await refused(portal, answer, "login_state_invalid", "other_browser")


@pytest.mark.req("SSO-08")
async def test_state_of_another_provider_is_refused(portal: Any, flow_id: str) -> None:
    query = await portal.start(flow_id)
    code = portal.esia.code_for(portal.esia.person())
    answer = await portal.finish(flow_id, {"code": code, "state": query["state"]}, provider="second")
    await refused(portal, answer, "login_state_invalid", "other_provider")


@pytest.mark.req("SSO-08")
@pytest.mark.parametrize(
    ("state", "reason"), [("", "state_malformed"), ("x", "state_malformed"), (None, "state_unknown")]
)
async def test_unknown_state_is_refused(
    portal: Any, flow_id: str, state_id: str, state: str | None, reason: str
) -> None:
    answer = await portal.finish(flow_id, {"code": "c", "state": state_id if state is None else state})
    await refused(portal, answer, "login_state_invalid", reason)


@pytest.mark.req("SSO-08")
async def test_used_state_is_refused(portal: Any, flow_id: str) -> None:
    query = await portal.start(flow_id)
    cancelled = await portal.finish(flow_id, {"error": "access_denied", "state": query["state"]})
    assert cancelled.json()["code"] == "login_cancelled"
    code = portal.esia.code_for(portal.esia.person())
    answer = await portal.finish(flow_id, {"code": code, "state": query["state"]})
    assert answer.json()["code"] == "login_replayed"
    assert code not in portal.esia.spent
    rows = await portal.journal("action = 'login.refused'")
    assert [row["reason"] for row in rows] == [
        "login_cancelled:provider_access_denied",
        "login_replayed:state_used",
    ]


@pytest.mark.req("SSO-08")
async def test_old_flow_is_refused(portal: Any, flow_id: str) -> None:
    query = await portal.start(flow_id)
    async with portal.db.write() as session:
        await session.execute(text("update login_flow set expires_at = now() - interval '1 second'"))
    code = portal.esia.code_for(portal.esia.person())
    answer = await portal.finish(flow_id, {"code": code, "state": query["state"]})
    await refused(portal, answer, "login_state_invalid", "flow_expired")


@pytest.mark.req("SSO-08")
async def test_used_code_is_refused(portal: Any, flow_id: str) -> None:
    code = portal.esia.code_for(portal.esia.person())
    portal.esia.spent.add(code)
    query = await portal.start(flow_id)
    answer = await portal.finish(flow_id, {"code": code, "state": query["state"]})
    await refused(portal, answer, "login_replayed", "esia_007011")


@pytest.mark.req("SSO-08")
async def test_callback_of_another_issuer_is_refused_before_the_code_is_shown(
    portal: Any, flow_id: str
) -> None:
    query = await portal.start(flow_id)
    code = portal.esia.code_for(portal.esia.person())
    answer = await portal.finish(
        flow_id, {"code": code, "state": query["state"], "iss": "http://evil.example/"}
    )
    await refused(portal, answer, "login_token_invalid", "callback_issuer")
    assert code not in portal.esia.spent


@pytest.mark.req("SSO-06", "SSO-08")
async def test_id_token_seen_before_is_refused(portal: Any, flow_id: str) -> None:
    person = portal.esia.person()
    portal.esia.fixed_tokens = portal.esia.tokens(person)
    await portal.sign_in()
    query = await portal.start(flow_id)
    answer = await portal.finish(flow_id, {"code": portal.esia.code_for(person), "state": query["state"]})
    assert answer.json()["code"] == "login_replayed"
    rows = await portal.journal("action = 'login.refused'")
    assert [row["reason"] for row in rows] == ["login_replayed:id_token_seen"]


@pytest.mark.req("SSO-06", "SSO-08")
@pytest.mark.parametrize(
    ("kind", "name", "value", "reason"),
    [
        ("id", "iss", "http://evil.example/", "id_issuer"),
        ("id", "aud", "OTHER", "id_audience"),
        ("access", "client_id", "OTHER", "access_audience"),
        ("id", "sub", 1000400999, "subjects_differ"),
        ("id", "exp", 1_600_000_000, "id_expired"),
        ("id", "iat", 1_600_000_000, "id_older_than_flow"),
    ],
)
async def test_bad_token_is_refused_and_the_journal_says_why(
    portal: Any, flow_id: str, kind: str, name: str, value: object, reason: str
) -> None:
    def change(which: str, _: dict[str, Any], claims: dict[str, Any]) -> None:
        if which == kind:
            claims[name] = value

    portal.esia.mutate = change
    query = await portal.start(flow_id)
    code = portal.esia.code_for(portal.esia.person())
    answer = await portal.finish(flow_id, {"code": code, "state": query["state"]})
    await refused(portal, answer, "login_token_invalid", reason)


@pytest.mark.req("SSO-06")
async def test_provider_down_is_told_as_such(portal: Any, flow_id: str) -> None:
    query = await portal.start(flow_id)
    portal.esia.down = True
    answer = await portal.finish(flow_id, {"code": "c", "state": query["state"]})
    assert answer.status_code == 503
    await refused(portal, answer, "provider_unavailable", "provider_http_503")


@pytest.mark.req("SSO-09")
async def test_provider_down_is_told_before_the_browser_is_sent_there(portal: Any, flow_id: str) -> None:
    portal.esia.down = True
    headers = await portal.service_headers()
    body = {"provider": "esia", "flow_id": flow_id}

    async def refusing() -> bool:
        # That it answered a moment ago is believed for two seconds.
        answer = await portal.client.post("/internal/login/start", json=body, headers=headers)
        return bool(answer.status_code == 503)

    await until(refusing)
    answer = await portal.client.post("/internal/login/start", json=body, headers=headers)
    problem = answer.json()
    assert problem["code"] == "provider_unavailable"
    assert int(answer.headers["Retry-After"]) > 0
    told = await portal.journal(f"action = 'login.refused' and trace_id = '{problem['trace_id']}'")
    assert [row["reason"] for row in told] == ["provider_unavailable:provider_http_503"]
    portal.esia.down = False

    async def starting() -> bool:
        answer = await portal.client.post("/internal/login/start", json=body, headers=headers)
        return bool(answer.status_code == 200)

    await until(starting)


@pytest.mark.req("SSO-10")
async def test_after_sign_out_the_handle_opens_nothing(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    headers = await portal.service_headers()
    answer = await portal.client.post("/internal/login/logout", json={"handle": handle}, headers=headers)
    assert answer.json()["provider_logout_url"].startswith(
        portal.esia.base_url + "/idp/ext/Logout?client_id=NMO01"
    )
    dead = await portal.exchange(handle)
    assert dead.status_code == 400
    assert dead.json()["error"] == "invalid_grant"
    again = await portal.client.post("/internal/login/logout", json={"handle": handle}, headers=headers)
    assert again.json() == {"provider_logout_url": None}


@pytest.mark.req("SSO-10", "AUD-01")
async def test_two_calls_that_end_one_session_at_once_are_one_sign_out(portal: Any) -> None:
    signed_in = await portal.sign_in()
    body, headers = {"handle": signed_in["session"]["handle"]}, await portal.service_headers()
    waiting = text(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    )

    async def both_wait() -> bool:
        async with portal.db.read() as session:
            return bool((await session.execute(waiting)).scalar_one() == 2)

    async with portal.db.write() as session:
        await session.execute(text("select 1 from auth_session for update"))
        calls = [
            asyncio.create_task(portal.client.post("/internal/login/logout", json=body, headers=headers))
            for _ in range(2)
        ]
        await until(both_wait)
    answers = [(await call).json()["provider_logout_url"] for call in calls]
    assert sum(answer is not None for answer in answers) == 1
    rows = await portal.journal("action in ('logout', 'session.ended')")
    assert sorted(row["action"] for row in rows) == ["logout", "session.ended"]


async def test_login_routes_are_for_the_gateway_alone(portal: Any, flow_id: str) -> None:
    body = {"provider": "esia", "flow_id": flow_id}
    assert (await portal.client.post("/internal/login/start", json=body)).status_code == 401
    other = await portal.service_headers("applications")
    assert (await portal.client.post("/internal/login/start", json=body, headers=other)).status_code == 403


async def test_unknown_provider_is_named(portal: Any, flow_id: str) -> None:
    body = {"provider": "nobody", "flow_id": flow_id}
    answer = await portal.client.post(
        "/internal/login/start", json=body, headers=await portal.service_headers()
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "provider_unknown")


async def test_first_sign_in_is_announced_without_personal_data(portal: Any) -> None:
    signed_in = await portal.sign_in()
    (event,) = await drain_outbox(portal.db)
    assert event.type_name == "identity.person.registered.v1"
    assert event.data["person_id"] == signed_in["person"]["person_id"]
    assert "Журавская" not in event.to_bytes().decode()
    await portal.sign_in(lastName="Орлова")
    (event,) = await drain_outbox(portal.db)
    assert event.type_name == "identity.person.changed.v1"
    assert event.data["changed"] == ["last_name"]
    assert event.subjectversion == 2


async def test_columns_hold_no_readable_number(portal: Any) -> None:
    await portal.sign_in()
    async with portal.db.read() as session:
        row = (await session.execute(text("select person::text from person"))).scalar_one()
    # Whole values, as they are and as a column of bytes would print them: short ones stand in random hex by chance.
    for readable in ("97116165616", "971-161-656 16", "1984-03-17", "17.03.1984", "19840317"):
        assert readable not in row
        assert readable.encode().hex() not in row
