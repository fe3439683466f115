"""Two-step sign-in: switched on by a code, each code once, five wrong ones and a pause, recovery codes once."""

import asyncio
import secrets
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import text

from nmo_identity.accounts.tables import Account
from nmo_identity.passwords import hashing
from nmo_identity.second_factor import rules
from nmo_identity.second_factor.commands.begin import begin_second_step
from nmo_identity.second_factor.commands.check import check_second_step
from nmo_identity.second_factor.errors import SecondStepWrong
from nmo_identity.second_factor.queries import methods_of
from nmo_kit import clock
from nmo_kit.errors import Problem

MINE = "/api/v1/me/security"


def shown(secret: str, *, steps: int = 0) -> str:
    """What the app shows now, or that many half minutes later."""
    return pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30 * steps))


async def with_app(portal: Any, people: Any, who: Any) -> tuple[str, list[str]]:
    """Secret and recovery codes of an app in force; its code of the present step is used up."""
    headers = await people.headers(who)
    made = await portal.client.post(f"{MINE}/app", headers=headers)
    assert made.status_code == 200, made.text
    secret = made.json()["secret"]
    done = await portal.client.post(f"{MINE}/app/confirm", json={"code": shown(secret)}, headers=headers)
    assert done.status_code == 200, done.text
    return secret, done.json()["codes"]


async def pending(portal: Any, who: Any, **values: Any) -> str:
    async with portal.db.write() as session:
        account = await session.get(Account, who.account_id)
        return await begin_second_step(session, account, now=clock.now(), **values)


async def finish(portal: Any, handle: str, method: str, code: str) -> Any:
    return await portal.client.post(
        "/internal/local/second-step",
        json={"pending": handle, "method": method, "code": code, "ip": "203.0.113.9", "user_agent": "tests"},
        headers=await portal.service_headers(),
    )


@pytest.mark.req("REG-13", "P09")
async def test_app_is_switched_on_and_asked_for_at_sign_in(portal: Any, people: Any) -> None:
    who = await people.make()
    async with portal.db.read() as session:
        assert await methods_of(session, who.account_id) == []
    secret, codes = await with_app(portal, people, who)
    assert len(set(codes)) == 10
    async with portal.db.read() as session:
        assert await methods_of(session, who.account_id) == ["totp", "recovery_code"]
    handle = await pending(portal, who)
    assert (await finish(portal, handle, "totp", shown(secret))).json()["code"] == "second_step_wrong", (
        "used at set-up"
    )
    opened = await finish(portal, handle, "totp", shown(secret, steps=1))
    assert opened.status_code == 200, opened.text
    claims = (await portal.exchange(opened.json()["session"]["handle"])).json()
    assert claims["access_token"]
    async with portal.db.read() as session:
        query = text("select acr from auth_session order by created_at desc limit 1")
        assert (await session.execute(query)).scalar_one() == "password totp"
    again = await finish(portal, handle, "totp", shown(secret, steps=1))
    assert again.json()["code"] == "pending_over"
    (letter,) = await people.letters("second_step_on")
    assert letter["to"] == who.email
    assert secret not in str(await portal.journal())
    async with portal.db.read() as session:
        rows = (
            (await session.execute(text("select row_to_json(f)::text from second_factor f"))).scalars().all()
        )
        kept = (
            (await session.execute(text("select row_to_json(f)::text from recovery_code f"))).scalars().all()
        )
    assert secret not in " ".join(rows)
    assert not any(code in " ".join(kept) for code in codes)


@pytest.mark.req("REG-06", "REG-13", "P09")
async def test_short_password_of_an_earlier_profile_needs_a_second_step(
    portal: Any, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = "Рысь-9-Туман!"
    who = await people.make(password=short)
    headers = await portal.service_headers()

    async def sign_in() -> Any:
        body = {"login": who.email, "password": short, "ip": "203.0.113.9"}
        return (await portal.client.post("/internal/local/login", json=body, headers=headers)).json()

    assert (await sign_in())["person"]["entry"] != "restricted", "eight signs are the promise of `seed`"
    monkeypatch.setattr(hashing.current(), "profile", "modern")
    alone = await sign_in()
    me = await portal.me(alone["session"]["handle"])
    assert me["restrictions"] == ["must_change_password"]
    secret, _ = await with_app(portal, people, who)
    handle = (await sign_in())["pending"]
    opened = (await finish(portal, handle, "totp", shown(secret, steps=1))).json()
    assert (await portal.me(opened["session"]["handle"]))["restrictions"] == []


@pytest.mark.req("REG-13", "P09", "T07")
async def test_wrong_codes_pause_the_second_step_and_the_owner_is_told(portal: Any, people: Any) -> None:
    who = await people.make()
    secret, codes = await with_app(portal, people, who)
    outcomes = []
    for _ in range(3):  # a new sign-in each time: the count belongs to the account
        handle = await pending(portal, who)
        for _ in range(3):
            guess = secrets.choice(
                [number for number in ("000000", "111111", "222222") if number != shown(secret)]
            )
            told = (await finish(portal, handle, "totp", guess)).json()
            outcomes.append((told["code"], told.get("tries_left")))
    assert outcomes[:5] == [("second_step_wrong", left) for left in (4, 3, 2, 1, 0)]
    assert set(outcomes[5:]) == {("second_step_paused", None)}
    refused = await finish(portal, handle, "recovery_code", codes[0])
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) <= 180
    assert {item["to"] for item in await people.letters("second_step_paused")} == {who.email}
    async with portal.db.read() as session:
        assert (
            await session.execute(text("select count(*) from recovery_code where used_at is null"))
        ).scalar_one() == 10
    later = clock.now() + timedelta(minutes=3, seconds=1)
    await check_second_step(
        portal.db, who.account_id, "totp", pyotp.TOTP(secret).at(later), cipher=people.cipher, now=later
    )


@pytest.mark.req("P09")
async def test_of_the_same_app_code_at_once_one_passes(portal: Any, people: Any) -> None:
    who = await people.make()
    secret, _ = await with_app(portal, people, who)
    code, now = shown(secret, steps=1), clock.now()
    outcomes = await asyncio.gather(
        *(
            check_second_step(portal.db, who.account_id, "totp", code, cipher=people.cipher, now=now)
            for _ in range(4)
        ),
        return_exceptions=True,
    )
    assert outcomes.count(None) == 1
    assert all(isinstance(outcome, Problem) for outcome in outcomes if outcome is not None)


@pytest.mark.req("REG-13")
async def test_recovery_code_works_once_and_new_ones_end_the_old(portal: Any, people: Any) -> None:
    who = await people.make()
    _, codes = await with_app(portal, people, who)
    typed = codes[3].lower().replace("-", " ")
    opened = await finish(portal, await pending(portal, who), "recovery_code", typed)
    assert opened.status_code == 200, opened.text
    assert (await people.letters("recovery_code_used"))[0]["params"] == {"left": "9"}
    again = await finish(portal, await pending(portal, who), "recovery_code", codes[3])
    assert again.json()["code"] == "second_step_wrong"
    headers = await people.headers(who)
    renewed = (await portal.client.post(f"{MINE}/recovery-codes", headers=headers)).json()["codes"]
    assert not set(renewed) & set(codes)
    assert (await finish(portal, await pending(portal, who), "recovery_code", codes[0])).status_code == 422
    assert (await finish(portal, await pending(portal, who), "recovery_code", renewed[0])).status_code == 200


@pytest.mark.req("REG-13")
async def test_text_messages_as_the_second_step(portal: Any, people: Any) -> None:
    who = await people.make()
    headers = await people.headers(who)
    sent = await portal.client.post(f"{MINE}/sms", headers=headers)
    assert sent.json() == {"phone_masked": "+7 ••• •••-00-01"}
    assert (await finish(portal, await pending(portal, who), "sms", "000000")).status_code == 409, (
        "not in force yet"
    )
    code = await people.code("second_step_code")
    done = await portal.client.post(f"{MINE}/sms/confirm", json={"code": code}, headers=headers)
    assert len(done.json()["codes"]) == 10
    handle = await pending(portal, who)
    await people.rested()
    asked = await portal.client.post(
        "/internal/local/second-step/send", json={"pending": handle}, headers=await portal.service_headers()
    )
    assert asked.status_code == 202, asked.text
    letters = await people.letters("second_step_code")
    assert [letter["to"] for letter in letters] == [who.phone] * 2
    assert (await finish(portal, handle, "sms", letters[-1]["params"]["code"])).status_code == 200


@pytest.mark.req("REG-13", "P09")
async def test_switching_off_needs_a_recent_sign_in_and_drops_the_codes(portal: Any, people: Any) -> None:
    who = await people.make()
    await with_app(portal, people, who)
    old = await people.headers(who, at=clock.now() - timedelta(minutes=6))
    for method, path in (
        ("DELETE", "/methods/totp"),
        ("POST", "/recovery-codes"),
        ("POST", "/app"),
        ("POST", "/sms"),
    ):
        refused = await portal.client.request(method, MINE + path, headers=old)
        assert refused.json()["code"] == "step_up_required", path
    fresh = await people.headers(who)
    assert (await portal.client.delete(f"{MINE}/methods/totp", headers=fresh)).status_code == 204
    assert (await portal.client.get(MINE, headers=fresh)).json()["methods"] == []
    async with portal.db.read() as session:
        assert (await session.execute(text("select count(*) from recovery_code"))).scalar_one() == 0
    assert len(await people.letters("second_step_off")) == 1


@pytest.mark.req("REG-13")
async def test_waiting_sign_in_ends_after_ten_minutes_and_belongs_to_its_handle(
    portal: Any, people: Any
) -> None:
    who = await people.make()
    secret, _ = await with_app(portal, people, who)
    assert (
        await finish(portal, secrets.token_urlsafe(32), "totp", shown(secret, steps=1))
    ).status_code == 410
    handle = await pending(portal, who)
    async with portal.db.write() as session:
        await session.execute(text("update pending_sign_in set expires_at = app_now()"))
    assert (await finish(portal, handle, "totp", shown(secret, steps=1))).json()["code"] == "pending_over"


@pytest.mark.req("REG-13")
async def test_person_of_a_provider_has_no_second_step_here(portal: Any) -> None:
    signed = await portal.sign_in()
    headers = await portal.headers(signed["session"]["handle"])
    assert (await portal.client.get(MINE, headers=headers)).json()["local"] is False
    refused = await portal.client.post(f"{MINE}/app", headers=headers)
    assert refused.json()["code"] == "no_local_account"


def test_neighbouring_steps_are_taken_and_no_others() -> None:
    secret, now = rules.new_secret(), clock.now()
    found = [
        rules.matching_step(secret, pyotp.TOTP(secret).at(now + timedelta(seconds=30 * step)), now=now)
        is not None
        for step in range(-3, 4)
    ]
    assert found[2:5] == [True] * 3
    assert rules.matching_step(secret, "", now=now) is None
    assert rules.plain_recovery_code(" 7k3qx - м9trb".upper()) == rules.plain_recovery_code("7K3QX-M9TRB")


async def test_wrong_error_says_what_to_do() -> None:
    assert "30 секунд" in SecondStepWrong().message
