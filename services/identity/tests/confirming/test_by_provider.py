"""Step-up at the provider: the same person, asked anew; the session goes on (P09, T03)."""

import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from nmo_kit import clock


async def start(portal: Any, handle: str, flow_id: str, **changes: Any) -> httpx2.Response:
    body = {"provider": "esia", "flow_id": flow_id, "handle": handle, "signed_out": True, **changes}
    answer: httpx2.Response = await portal.client.post(
        "/internal/login/confirm/start", json=body, headers=await portal.service_headers()
    )
    return answer


async def finish(portal: Any, handle: str, flow_id: str, query: dict[str, str]) -> httpx2.Response:
    body = {"provider": "esia", "flow_id": flow_id, "handle": handle, "query": query, "ip": "203.0.113.9"}
    answer: httpx2.Response = await portal.client.post(
        "/internal/login/confirm/finish", json=body, headers=await portal.service_headers()
    )
    return answer


def state_of(answer: httpx2.Response) -> str:
    return parse_qs(urlsplit(answer.json()["authorize_url"]).query)["state"][0]


def aged(portal: Any, seconds: int) -> None:
    """Sign-ins at the provider happened so long ago."""

    def change(which: str, _: dict[str, Any], claims: dict[str, Any]) -> None:
        if which == "id":
            claims["auth_time"] = int(clock.now().timestamp()) - seconds

    portal.esia.mutate = change


async def auth_time(portal: Any, handle: str, helpers: Any) -> int:
    return int(helpers.read_claims((await portal.exchange(handle)).json()["access_token"])["auth_time"])


@pytest.fixture
def old_sign_in(portal: Any) -> None:
    aged(portal, 3600)


@pytest.mark.req("P09")
@pytest.mark.usefixtures("old_sign_in")
async def test_same_person_asked_anew_renews_the_session(portal: Any, helpers: Any) -> None:
    session = (await portal.sign_in())["session"]
    before = await auth_time(portal, session["handle"], helpers)
    flow_id = secrets.token_urlsafe(32)
    first = await start(portal, session["handle"], flow_id, signed_out=False)
    leave = urlsplit(first.json()["authorize_url"])
    assert leave.path == "/idp/ext/Logout", "a provider that remembers the person would let them pass unasked"
    assert parse_qs(leave.query)["redirect_url"] == [f"{helpers.issuer}/auth/esia/confirm"]
    state = state_of(await start(portal, session["handle"], flow_id))
    portal.esia.mutate = None
    answer = await finish(
        portal,
        session["handle"],
        flow_id,
        {"code": portal.esia.code_for(portal.esia.person()), "state": state},
    )
    assert answer.status_code == 204, answer.text
    assert await auth_time(portal, session["handle"], helpers) > before + 3000
    (row,) = await portal.journal("action = 'login.confirmed'")
    assert (row["result"], row["object"]) == ("ok", f"session/{session['sid']}")


@pytest.mark.req("P09", "T01")
@pytest.mark.usefixtures("old_sign_in")
async def test_other_person_confirms_nothing(portal: Any, helpers: Any) -> None:
    session = (await portal.sign_in())["session"]
    await portal.sign_in(oid=1000400778, snils="112-233-445 95", lastName="Ольхина")
    before = await auth_time(portal, session["handle"], helpers)
    flow_id = secrets.token_urlsafe(32)
    state = state_of(await start(portal, session["handle"], flow_id))
    portal.esia.mutate = None
    other = portal.esia.person(oid=1000400778, snils="112-233-445 95", lastName="Ольхина")
    answer = await finish(
        portal, session["handle"], flow_id, {"code": portal.esia.code_for(other), "state": state}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "login_other_person")
    assert await auth_time(portal, session["handle"], helpers) == before
    (row,) = await portal.journal("action = 'login.confirmed'")
    assert (row["result"], row["reason"]) == ("refused", "login_other_person")


@pytest.mark.req("P09")
@pytest.mark.usefixtures("old_sign_in")
async def test_provider_that_did_not_ask_confirms_nothing(portal: Any, helpers: Any) -> None:
    session = (await portal.sign_in())["session"]
    flow_id = secrets.token_urlsafe(32)
    state = state_of(await start(portal, session["handle"], flow_id))
    code = portal.esia.code_for(portal.esia.person())
    answer = await finish(portal, session["handle"], flow_id, {"code": code, "state": state})
    assert (answer.status_code, answer.json()["code"]) == (409, "login_not_fresh")


@pytest.mark.req("T03", "SSO-08")
async def test_flows_end_only_in_what_they_were_begun_for(portal: Any) -> None:
    session, other = [(await portal.sign_in())["session"] for _ in range(2)]
    code = portal.esia.code_for(portal.esia.person())
    confirming, signing_in = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    state = state_of(await start(portal, session["handle"], confirming))
    opened = await portal.finish(confirming, {"code": code, "state": state})
    assert opened.json()["code"] == "login_state_invalid", "a confirmation opens no session"
    query = await portal.start(signing_in)
    taken = await finish(portal, session["handle"], signing_in, {"code": code, "state": query["state"]})
    assert taken.json()["code"] == "login_state_invalid", "a sign-in confirms no session"
    flow_id = secrets.token_urlsafe(32)
    state = state_of(await start(portal, session["handle"], flow_id))
    crossed = await finish(portal, other["handle"], flow_id, {"code": code, "state": state})
    assert crossed.json()["code"] == "login_state_invalid", "nor another session"
    reasons = [row["reason"] for row in await portal.journal("action = 'login.refused'")]
    assert reasons == ["login_state_invalid:other_purpose"] * 3


@pytest.mark.req("P09")
async def test_session_that_is_over_is_not_confirmed(portal: Any) -> None:
    answer = await start(portal, "no-such-handle", secrets.token_urlsafe(32))
    assert (answer.status_code, answer.json()["code"]) == (409, "login_session_over")
    session = (await portal.sign_in())["session"]
    answer = await start(portal, session["handle"], secrets.token_urlsafe(32), provider="second")
    assert (answer.status_code, answer.json()["code"]) == (404, "provider_unknown")
