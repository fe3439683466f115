"""What ЕСИА, or somebody in its name, may send that must not open the cabinet (SSO-08): each refusal has a reference code,
and the journal says under it why.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import asyncpg
import pytest
import pytest_asyncio

from nmo_local.demo.browser import words
from tests.conftest import Portal
from tests.e2e.conftest import Arrive
from tests.e2e.people import new_specialist
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
REFERENCE = re.compile(r"\b[0-9a-f]{32}\b")
Fault = Callable[..., Awaitable[None]]


@pytest_asyncio.fixture(loop_scope="session")
async def faults(portal: Portal, http: aiohttp.ClientSession) -> AsyncIterator[Fault]:
    """Switches faults of the stand-in on; all are off again afterwards."""

    async def put(**wanted: object) -> None:
        async with http.put(f"{portal.address('esia')}/sandbox/faults", json=wanted) as answer:
            assert answer.status == 200, await answer.text()

    try:
        yield put
    finally:
        await put()


@pytest_asyncio.fixture(loop_scope="session")
async def reasons(portal: Portal) -> AsyncIterator[Callable[[str], Awaitable[list[str]]]]:
    """Reads why a sign-in was refused, by the reference code on the page."""
    server = portal.demo["postgres"].rpartition("/")[0]
    database = await asyncpg.connect(f"{server}/nmo_identity")

    async def read(text: str) -> list[str]:
        found = REFERENCE.search(words(text))
        assert found is not None, f"no reference code: {words(text)[:400]}"
        rows = await database.fetch(
            "select reason from journal where action = 'login.refused' and trace_id = $1", found[0]
        )
        return [row["reason"] for row in rows]

    yield read
    await database.close()


async def stays_out(visitor: Visitor) -> None:
    """No session came of it."""
    status, problem = await visitor.ask("GET", "/api/v1/me")
    assert (status, problem["code"]) == (401, "unauthenticated")


@pytest.mark.req("SSO-06", "SSO-08")
@pytest.mark.parametrize(
    ("fault", "value", "reason"),
    [
        ("bad_signature", True, "login_token_invalid:access_signature"),
        ("alg_none", True, "login_token_invalid:access_token_shape"),
        ("alg_hs256", True, "login_token_invalid:access_algorithm"),
        ("old_tokens", 86_400, "login_token_invalid:access_expired"),
        ("old_tokens", 900, "login_token_invalid:access_older_than_flow"),
        ("future_tokens", 86_400, "login_token_invalid:access_issued"),
        ("wrong_issuer", "http://esia.example.org/", "login_token_invalid:access_issuer"),
        ("wrong_audience", "OTHER01", "login_token_invalid:access_audience"),
        ("wrong_kind", True, "login_token_invalid:access_kind"),
        ("other_sub", True, "login_token_invalid:subjects_differ"),
        ("no_id_token", True, "login_token_invalid:id_token_shape"),
        ("wrong_state", True, "login_state_invalid:state_unknown"),
        ("expired_code", True, "login_replayed:esia_007011"),
        ("truncated_json", True, "login_provider_error:answer_not_json"),
        ("html_error", True, "provider_unavailable:provider_http_500"),
        ("unavailable", True, "provider_unavailable:esia_007008"),
        ("rest_denied", True, "login_provider_error:esia_005029"),
    ],
)
async def test_answer_that_is_not_right_opens_nothing(
    portal: Portal, arrive: Arrive, faults: Fault, reasons: Callable[[str], Awaitable[list[str]]],
    fault: str, value: object, reason: str,
) -> None:  # fmt: skip
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    await faults(**{fault: value})
    address, text = await visitor.sign_in()
    assert "/auth/esia/callback" in address
    assert await reasons(text) == [reason]
    assert person.last_name not in words(text)
    await stays_out(visitor)
    await faults()
    address, _ = await visitor.sign_in()
    assert "/consent" in address, "the next try works"


@pytest.mark.req("SSO-06")
async def test_request_with_an_old_timestamp_is_refused_by_esia_and_told(
    portal: Portal, arrive: Arrive, faults: Fault, reasons: Callable[[str], Awaitable[list[str]]]
) -> None:
    visitor = await arrive((await new_specialist(portal)).key)
    await faults(clock_skew=3600)
    status, address, text = await visitor.page("/auth/esia/start")
    assert (status, "/auth/esia/callback" in address) == (502, True)
    assert [reason.partition(":")[0] for reason in await reasons(text)] == ["login_provider_error"]
    await stays_out(visitor)


@pytest.mark.req("SSO-02", "SSO-08")
async def test_missing_mark_of_a_confirmed_account_counts_as_unconfirmed(
    portal: Portal, arrive: Arrive, faults: Fault
) -> None:
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    await faults(missing_trusted=True)
    address, _ = await visitor.sign_in()
    assert address.endswith("/unconfirmed")
    me = await visitor.get("/api/v1/me")
    assert (me["entry"], me["confirmed"]) == ("unconfirmed", False)
    status, problem = await visitor.ask("GET", "/api/v1/cycles")
    assert (status, problem["code"], problem["entry"]) == (403, "entry_restricted", "unconfirmed")
    await faults()
    again = await arrive(person.key)
    await again.enter()
    rows = (await again.get("/api/v1/me/journal"))["items"]
    assert ("denied", "account_unconfirmed") in {(row["result"], row["reason"]) for row in rows}


@pytest.mark.req("SSO-08")
async def test_callback_opens_one_session_only(portal: Portal, arrive: Arrive) -> None:
    visitor = await arrive((await new_specialist(portal)).key)
    callback = await visitor.to_callback()
    _, address, _ = await visitor.page(callback)
    assert "/consent" in address
    status, _, text = await visitor.page(callback)
    assert (status, "ещё раз" in words(text)) == (400, True)
    assert REFERENCE.search(words(text))


@pytest.mark.req("SSO-08")
async def test_code_of_an_earlier_sign_in_is_refused(
    portal: Portal, arrive: Arrive, reasons: Callable[[str], Awaitable[list[str]]]
) -> None:
    first = await arrive((await new_specialist(portal)).key)
    used = _query(await first.to_callback())
    await first.page(f"{portal.url}/auth/esia/callback?{urlencode(used)}")
    second = await arrive((await new_specialist(portal)).key)
    fresh = _query(await second.to_callback())
    _, _, text = await second.page(
        f"{portal.url}/auth/esia/callback?{urlencode(fresh | {'code': used['code']})}"
    )
    (reason,) = await reasons(text)
    assert reason in {"login_token_invalid:code_of_another_flow", "login_replayed:esia_007011"}
    await stays_out(second)


@pytest.mark.req("SSO-08")
async def test_callback_brought_into_another_browser_is_refused(portal: Portal, arrive: Arrive) -> None:
    thief = await arrive((await new_specialist(portal)).key)
    callback = await thief.to_callback()
    victim = await arrive("match")
    status, _, text = await victim.page(callback)
    assert status == 400
    assert REFERENCE.search(words(text))
    await stays_out(victim)


@pytest.mark.req("SSO-08")
async def test_cancelled_sign_in_says_so(
    portal: Portal, arrive: Arrive, reasons: Callable[[str], Awaitable[list[str]]]
) -> None:
    visitor = await arrive((await new_specialist(portal)).key)
    state = _query(await visitor.to_callback())["state"]
    answer = {"error": "access_denied", "error_description": "ESIA-007004: отказ", "state": state}
    _, _, text = await visitor.page(f"{portal.url}/auth/esia/callback?{urlencode(answer)}")
    assert await reasons(text) == ["login_cancelled:esia_007004"]
    await stays_out(visitor)


@pytest.mark.req("SSO-08")
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "http:evil.example", "javascript:alert(1)",
        "/%2F/evil.example", "\t//evil.example", "https:///evil.example", "/cabinet\r\nSet-Cookie: a=b", "/..//evil.example",
    ],
)  # fmt: skip
async def test_return_leads_to_our_own_pages_only(portal: Portal, arrive: Arrive, target: str) -> None:
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    await visitor.enter()
    again = await arrive(person.key)
    start = f"{portal.url}/auth/esia/start?{urlencode({'return_to': target})}"
    callback = await again.to_callback(start)
    _, final, _ = await again.page(callback)
    assert urlsplit(final).netloc == urlsplit(portal.url).netloc
    assert "evil" not in final


def _query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
