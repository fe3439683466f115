"""What ЕСИА, or somebody in its name, may send that must not open the cabinet (SSO-08): each refusal has a reference code,
and the journal says under it why.
"""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import asyncpg
import pytest
import pytest_asyncio

from nmo_local.demo.browser import words
from nmo_local.paths import SECRETS
from nmo_testkit import wait
from tests.conftest import Portal
from tests.e2e.conftest import Arrive
from tests.e2e.people import new_specialist
from tests.e2e.visitor import AwayError, Visitor

pytestmark = pytest.mark.e2e
REFERENCE = re.compile(r"\b[0-9a-f]{32}\b")
MOMENT = re.compile(r"\b\d{1,2}:\d{2}\b")
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person and the journal are told while a fault is on.

    `status` and `code` are the page's; a code that is empty means the sign-in works, and `reason` then names where it
    leads.
    """

    status: int
    code: str
    reason: str
    value: object = True
    beside: tuple[str, ...] = ()


BAD, DENIED, GONE = (403, "login_token_invalid"), (502, "login_provider_error"), (503, "provider_unavailable")
OUTCOMES: dict[str, Outcome] = {
    "down": Outcome(*GONE, "provider_http_503"),
    "slow": Outcome(*GONE, "provider_timeout", 20),
    "clock_skew": Outcome(*DENIED, "esia_007015", 3600),
    "html_error": Outcome(*GONE, "provider_http_500"),
    "truncated_json": Outcome(*DENIED, "answer_not_json"),
    "unavailable": Outcome(*GONE, "esia_007008"),
    "string_expires_in": Outcome(200, "", "/consent"),
    "bad_signature": Outcome(*BAD, "access_signature"),
    "swapped_halves": Outcome(*BAD, "access_signature"),
    "alg_none": Outcome(*BAD, "access_token_shape"),
    "alg_hs256": Outcome(*BAD, "access_algorithm"),
    "wrong_issuer": Outcome(*BAD, "access_issuer", "http://esia.example.org/"),
    "wrong_audience": Outcome(*BAD, "access_audience", "OTHER01"),
    "wrong_kind": Outcome(*BAD, "access_kind"),
    "old_tokens": Outcome(*BAD, "access_older_than_flow", 900),
    "future_tokens": Outcome(*BAD, "access_issued", 86_400),
    "expired_code": Outcome(409, "login_replayed", "esia_007011"),
    "wrong_state": Outcome(*BAD, "answer_state"),
    "no_id_token": Outcome(*BAD, "id_token_shape"),
    "other_sub": Outcome(*BAD, "subjects_differ"),
    "missing_trusted": Outcome(200, "", "/unconfirmed"),
    "missing_snils": Outcome(200, "", "/consent"),
    "expired_certificate": Outcome(*BAD, "access_signature"),
    "rest_denied": Outcome(*DENIED, "esia_005029"),
    "rest_error_list": Outcome(*DENIED, "esia_005029", beside=("rest_denied",)),
}
"""Every fault of the stand-in, switched on while the person is at ЕСИА's page; the table is compared with its own."""


async def pin_again(portal: Portal, http: aiohttp.ClientSession) -> None:
    """Take the published certificates over as an operator does: files into the folder, nothing restarted."""
    async with http.get(f"{portal.address('esia')}/public/esia.zip") as answer:
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    for name in archive.namelist():
        (SECRETS / "esia_tokens" / name).write_bytes(archive.read(name))


@pytest.mark.req("SSO-06", "SSO-08", "SSO-09", "T02", "P25")
@pytest.mark.parametrize("fault", OUTCOMES)
async def test_each_fault_has_its_outcome_page_and_journal_row(
    portal: Portal, http: aiohttp.ClientSession, arrive: Arrive, faults: Fault,
    reasons: Callable[[str], Awaitable[list[str]]], fault: str,
) -> None:  # fmt: skip
    expected = OUTCOMES[fault]
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    callback = await visitor.to_callback()
    await faults(**{fault: expected.value}, **dict.fromkeys(expected.beside, True))
    if fault == "expired_certificate":
        await pin_again(portal, http)
    began = time.monotonic()
    status, address, text = await visitor.page(callback)
    assert time.monotonic() - began < 5, "a person is told within five seconds"
    assert status == expected.status
    if expected.code:
        assert f'data-error-code="{expected.code}"' in text
        assert await reasons(text) == [f"{expected.code}:{expected.reason}"]
        assert MOMENT.search(words(text)), "the time to quote stands beside the code"
        assert person.last_name not in words(text)
        assert 'href="/login' in text, "the way to try again, and to other ways in"
        await stays_out(visitor)
    else:
        assert address.endswith(expected.reason)
    await faults()
    if fault == "expired_certificate":
        await pin_again(portal, http)
    again = await arrive((await new_specialist(portal)).key)
    assert "/consent" in (await again.sign_in())[0], "well again, it lets people in"


@pytest.mark.req("SSO-06")
async def test_the_table_names_every_fault_of_the_stand_in(
    portal: Portal, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{portal.address('esia')}/sandbox/faults") as answer:
        assert {row["name"] for row in (await answer.json())["available"]} == set(OUTCOMES)


@pytest.mark.req("SSO-09", "P25")
@pytest.mark.parametrize(("fault", "reason"), [("down", "provider_http_503"), ("slow", "provider_timeout")])
async def test_esia_that_is_away_is_told_before_anybody_is_sent_there(
    portal: Portal,
    arrive: Arrive,
    faults: Fault,
    reasons: Callable[[str], Awaitable[list[str]]],
    fault: str,
    reason: str,
) -> None:
    visitor = await arrive("match")
    await faults(**{fault: True})

    async def told() -> str | None:
        # What ЕСИА answered is remembered for two seconds: the first asks may still hear of what was before.
        began = time.monotonic()
        try:
            status, _ = await visitor.hop(f"{portal.url}/auth/esia/start")
        except AwayError:
            status = 503
        if status != 503:
            return None
        status, _, text = await visitor.page("/auth/esia/start?return_to=/cabinet/cycles")
        assert time.monotonic() - began < 5
        assert (status, "не отвечают" in words(text)) == (503, True)
        return text if await reasons(text) == [f"provider_unavailable:{reason}"] else None

    text = await wait.until(told, timeout_s=30)
    assert text
    assert "/login?return_to=%2Fcabinet%2Fcycles" in text, "the next try leads to the page first asked for"
    status, _, text = await visitor.page("/login")
    assert status == 200, "the other ways in are there"
    await faults()

    async def is_back() -> bool:
        try:
            status, _ = await visitor.hop(f"{portal.url}/auth/esia/start")
        except AwayError:
            return False
        return status == 303

    await wait.until(is_back, timeout_s=30)


@pytest.mark.req("SSO-06", "T02")
async def test_changed_keys_are_believed_once_pinned_and_without_a_restart(
    portal: Portal,
    http: aiohttp.ClientSession,
    arrive: Arrive,
    reasons: Callable[[str], Awaitable[list[str]]],
) -> None:
    visitor = await arrive((await new_specialist(portal)).key)
    async with http.post(f"{portal.address('esia')}/sandbox/rotate", json={"mode": "abrupt"}) as answer:
        assert answer.status == 200
    try:
        _, text = await visitor.sign_in()
        assert await reasons(text) == ["login_token_invalid:access_signature"]
    finally:
        await pin_again(portal, http)
    address, _ = await visitor.sign_in()
    assert "/consent" in address


@pytest.mark.req("SSO-10")
async def test_signing_out_everywhere_ends_the_session_at_esia_and_comes_back(
    portal: Portal, arrive: Arrive
) -> None:
    visitor = await arrive((await new_specialist(portal)).key)
    await visitor.enter()
    await visitor.page("/cabinet")
    status, address, text = await visitor.submit("/logout", everywhere="1")
    assert (status, address) == (200, f"{portal.url}/login?out=1")
    assert "вышли" in words(text).lower()
    await stays_out(visitor)


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
