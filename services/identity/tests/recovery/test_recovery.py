"""Recovery: the same for everybody who asks, one code, one new password, and nothing earlier works after it."""

import asyncio
from time import perf_counter
from typing import Any

import pyotp
import pytest
from sqlalchemy import text

from nmo_identity.accounts.tables import Account
from nmo_identity.contacts.commands.start import start_change
from nmo_identity.passwords.commands.verify import verify_password
from nmo_identity.recovery.commands.prepare import prepare_recoveries
from nmo_identity.second_factor.commands.begin import begin_second_step
from nmo_kit import clock
from nmo_kit.principal import Principal
from services.identity.tests.timings import assert_untold

MINE = "/api/v1/password/recovery"
OLD, NEW = "Старый-Кедр 41 скрипит", "Новая-Лиственница 52 поёт"


async def ask(portal: Any, contact: str) -> Any:
    answer = await portal.client.post(MINE, json={"contact": contact})
    await prepare_recoveries(portal.db, portal.runtime.extras["cipher"], now=clock.now())
    return answer


async def give(portal: Any, handle: str, code: str) -> Any:
    return await portal.client.post(f"{MINE}/code", json={"handle": handle, "code": code})


async def set_new(portal: Any, handle: str, password: str = NEW) -> Any:
    return await portal.client.post(f"{MINE}/password", json={"handle": handle, "password": password})


async def recover(portal: Any, people: Any, contact: str) -> None:
    asked = await ask(portal, contact)
    handle = asked.json()["handle"]
    assert (await give(portal, handle, await people.code("recovery_code"))).status_code == 204
    done = await set_new(portal, handle)
    assert done.status_code == 204, done.text


@pytest.mark.req("REG-07", "P08", "T11")
async def test_every_earlier_credential_is_dead_afterwards(portal: Any, people: Any) -> None:
    who = await people.make(password=OLD)
    handles = [await people.session(who) for _ in range(3)]
    bearer = await portal.headers(handles[0])
    async with portal.db.write() as session:
        account = await session.get(Account, who.account_id)
        waiting = await begin_second_step(session, account, now=clock.now())
    by = Principal(sub=str(who.person_id), roles=frozenset({"person"}), auth_time=clock.now())
    change = await start_change(
        portal.db, "email", "thief@example.test", by=by, cipher=people.cipher, now=clock.now()
    )
    stolen = await people.code("contact_code")
    other = (await ask(portal, who.phone)).json()["handle"]
    other_code = await people.code("recovery_code")
    await recover(portal, people, who.email)
    for handle in handles:
        assert (await portal.exchange(handle)).status_code == 400
    later = await people.headers(who)
    cancelled = await portal.client.post(
        f"/api/v1/contacts/changes/{change.change_id}/confirm", json={"code": stolen}, headers=later
    )
    assert cancelled.json()["code"] == "contact_change_missing"
    assert (await give(portal, other, other_code)).json()["code"] == "recovery_over"
    second = await portal.client.post(
        "/internal/local/second-step/send", json={"pending": waiting}, headers=await portal.service_headers()
    )
    assert second.json()["code"] == "pending_over"
    assert not await verify_password(portal.db, who.account_id, OLD)
    assert await verify_password(portal.db, who.account_id, NEW)
    ended = await portal.journal("action = 'session.ended' and reason = 'recovery'")
    assert len(ended) == 3
    assert (await people.letters("password_recovered"))[0]["to"] == who.email
    assert bearer
    for secret in (OLD, NEW, who.email, other_code):
        assert secret not in str(await portal.journal())


@pytest.mark.req("REG-07", "T09")
async def test_recovery_is_used_once_and_in_its_order(portal: Any, people: Any) -> None:
    who = await people.make(password=OLD)
    handle = (await ask(portal, "8 912 000 00 01")).json()["handle"]
    assert (await set_new(portal, handle)).json()["code"] == "recovery_unproven"
    (letter,) = await people.letters("recovery_code")
    assert (letter["channel"], letter["to"]) == ("sms", who.phone)
    assert (await give(portal, handle, letter["params"]["code"])).status_code == 204
    assert (await give(portal, handle, letter["params"]["code"])).json()["code"] == "code_spent"
    weak = await set_new(portal, handle, "12345678")
    assert weak.json()["code"] == "password_refused"
    assert weak.json()["errors"][0]["pointer"] == "/password"
    outcomes = await asyncio.gather(*(set_new(portal, handle) for _ in range(3)))
    assert sorted(answer.status_code for answer in outcomes) == [204, 410, 410]


@pytest.mark.req("P09", "REG-13")
async def test_second_step_is_not_taken_off_by_a_contact(portal: Any, people: Any) -> None:
    who = await people.make(password=OLD)
    headers = await people.headers(who)
    secret = (await portal.client.post("/api/v1/me/security/app", headers=headers)).json()["secret"]
    await portal.client.post(
        "/api/v1/me/security/app/confirm", json={"code": pyotp.TOTP(secret).at(clock.now())}, headers=headers
    )
    await recover(portal, people, who.email)
    found = await portal.client.get("/api/v1/me/security", headers=await people.headers(who))
    assert found.json()["methods"] == ["totp", "recovery_code"]


@pytest.mark.req("P08", "T01")
async def test_ways_in_of_a_recovered_account_are_asked_about(portal: Any, people: Any) -> None:
    who = await people.make(password=OLD)
    now = clock.now()
    async with portal.db.write() as session:
        tied = Account(
            person_id=who.person_id, provider_key="second", issuer="http://second.stand-in/", subject="thief",
            created_at=now, last_login_at=now, linked_at=now,
        )  # fmt: skip
        session.add(tied)
    await recover(portal, people, who.email)
    handle = await people.session(who)
    me = await portal.me(handle)
    assert me["entry"] == "restricted"
    assert me["restrictions"] == ["must_confirm_links"]
    refused = await portal.client.post(
        "/api/v1/contacts/email", json={"value": "x@example.test"}, headers=await portal.headers(handle)
    )
    assert refused.json()["code"] == "entry_restricted"
    kept = await portal.client.post(
        "/api/v1/me/links/confirm", json={"keep": [str(who.account_id)]}, headers=await portal.headers(handle)
    )
    assert kept.status_code == 204, kept.text
    assert (await portal.me(handle))["entry"] != "restricted"
    assert (await portal.me(await people.session(who)))["entry"] != "restricted", "asked once"


@pytest.mark.req("T06", "REG-07")
async def test_nobody_learns_whether_a_contact_has_an_account(portal: Any, people: Any) -> None:
    who = await people.make(password=OLD)
    known, unknown = await ask(portal, who.email), await ask(portal, "nobody@example.test")
    assert known.status_code == unknown.status_code == 202
    shapes = [
        {
            name: type(value).__name__ if name in {"handle", "number", "expires_at"} else value
            for name, value in answer.json().items()
        }
        for answer in (known, unknown)
    ]
    assert shapes[0] == shapes[1]
    refusals = [(await give(portal, answer.json()["handle"], "000000")).json() for answer in (known, unknown)]
    for body in refusals:
        body.pop("trace_id")
    assert refusals[0] == refusals[1]
    assert len(await people.letters()) == 1


@pytest.mark.req("T06")
async def test_asking_takes_as_long_for_known_and_unknown(portal: Any, people: Any) -> None:
    known = [await people.make(f"p{n}@example.test", f"+7912000{n:04d}") for n in range(50)]

    async def askings() -> dict[str, list[float]]:
        times: dict[str, list[float]] = {"known": [], "unknown": []}
        for number, person in enumerate(known):
            for kind in ("known", "unknown") if number % 2 else ("unknown", "known"):
                contact = person.email if kind == "known" else f"q{number}@example.test"
                began = perf_counter()
                await portal.client.post(MINE, json={"contact": contact})
                times[kind].append(perf_counter() - began)
            await people.rested()
            async with portal.db.write() as session:
                await session.execute(text("delete from day_quota"))
        return times

    await assert_untold("recovery", askings, limit=0.25, settled=slice(10, None))


@pytest.mark.req("T05", "T01")
async def test_account_that_never_confirmed_its_address_is_nobodys(portal: Any, people: Any) -> None:
    who = await people.make(password=OLD)
    async with portal.db.write() as session:
        await session.execute(text("update local_credential set verified_at = null"))
    await ask(portal, who.email)
    assert await people.letters("recovery_code") == []


@pytest.mark.req("REG-07")
async def test_person_of_a_provider_is_told_where_to_enter(portal: Any, people: Any) -> None:
    await portal.sign_in()
    async with portal.db.read() as session:
        email = (await session.execute(text("select email from person"))).scalar_one()
    await ask(portal, email)
    assert [letter["kind"] for letter in await people.letters()] == ["recovery_through_provider"]


@pytest.mark.req("P06", "T08")
async def test_letters_are_counted_by_network_and_contact(portal: Any, people: Any) -> None:
    who = await people.make(password=OLD)
    for _ in range(5):
        assert (await ask(portal, who.email)).status_code == 202
        await people.rested()
    assert (await ask(portal, who.email)).json()["code"] == "letters_spent"
    assert (await ask(portal, who.phone)).status_code == 202, "the other way back stays open"
    handle = (await ask(portal, "other@example.test")).json()["handle"]
    again = await portal.client.post(f"{MINE}/resend", json={"handle": handle})
    assert again.status_code == 204


@pytest.mark.parametrize("contact", ["", "   ", "Анна", "anna@", "12"])
async def test_what_is_neither_address_nor_number(portal: Any, contact: str) -> None:
    answer = await portal.client.post(MINE, json={"contact": contact})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/contact"


@pytest.mark.req("T10")
@pytest.mark.parametrize(
    "header",
    [
        {"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"X-Forwarded-Server": "evil.example"},
        {"Forwarded": "host=evil.example;proto=http"}, {"X-Host": "evil.example"}, {"X-Original-URL": "//evil.example/"},
        {"X-Rewrite-URL": "http://evil.example/"}, {"Origin": "http://evil.example"}, {"Referer": "http://evil.example/"},
        {"X-Forwarded-Proto": "evil"}, {"X-Forwarded-Prefix": "//evil.example"}, {"Host": "127.0.0.1:8080@evil.example"},
    ],
    ids=lambda header: next(iter(header)),
)  # fmt: skip
async def test_no_header_reaches_a_letter(portal: Any, people: Any, header: dict[str, str]) -> None:
    who = await people.make(password=OLD)
    await portal.client.post(MINE, json={"contact": who.email}, headers=header)
    await prepare_recoveries(portal.db, people.cipher, now=clock.now())
    letters = await people.letters()
    assert letters
    assert "evil" not in str(letters)
    assert "://" not in str(letters), "links are paths; the sender puts its own configured host before them"
