"""Step-up of a local account: its password, counted before it is compared, and its second step (P09, T07)."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from nmo_kit import clock

PASSWORD = "Кедровый-Лось 4 бревна"


async def confirm(portal: Any, handle: str, password: str = PASSWORD, **more: str) -> httpx2.Response:
    answer: httpx2.Response = await portal.client.post(
        "/internal/login/confirm/password",
        json={"handle": handle, "password": password, **more},
        headers=await portal.service_headers(),
    )
    return answer


async def aged(portal: Any) -> None:
    async with portal.db.write() as session:
        await session.execute(text("update auth_session set auth_time = auth_time - interval '1 hour'"))


async def is_recent(portal: Any) -> bool:
    async with portal.db.read() as session:
        moment = (await session.execute(text("select auth_time from auth_session"))).scalar_one()
    return bool(clock.now() - moment < timedelta(minutes=5))


@pytest.mark.req("P09")
async def test_password_renews_the_sign_in(portal: Any, people: Any) -> None:
    handle = await people.session(await people.make(password=PASSWORD))
    await aged(portal)
    wrong = await confirm(portal, handle, "Не тот пароль 1")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "confirm_password_wrong")
    assert wrong.json()["tries_left"] == 4
    assert not await is_recent(portal)
    assert (await confirm(portal, handle)).status_code == 204
    assert await is_recent(portal)
    rows = await portal.journal("action = 'login.confirmed'")
    assert [(row["result"], row["reason"]) for row in rows] == [
        ("refused", "confirm_password_wrong"),
        ("ok", None),
    ]


@pytest.mark.req("P09", "T07")
async def test_guesses_in_an_open_session_are_counted_before_they_are_compared(
    portal: Any, people: Any
) -> None:
    handle = await people.session(await people.make(password=PASSWORD))
    await aged(portal)
    answers = await asyncio.gather(*(confirm(portal, handle, f"Догадка номер {n}") for n in range(12)))
    codes = sorted(answer.json()["code"] for answer in answers)
    assert codes.count("confirm_password_wrong") == 5
    assert codes.count("confirm_paused") == 7
    late = await confirm(portal, handle)
    assert (late.status_code, late.json()["code"]) == (429, "confirm_paused")
    assert int(late.headers["retry-after"]) > 0
    assert not await is_recent(portal)


@pytest.mark.req("P09")
async def test_second_step_is_asked_for_where_there_is_one(portal: Any, people: Any) -> None:
    person = await people.make(password=PASSWORD)
    handle = await people.session(person)
    await aged(portal)
    async with portal.db.write() as session:
        await session.execute(
            text(
                "insert into second_factor (id, account_id, kind, created_at, confirmed_at) "
                "values (gen_random_uuid(), :account, 'sms', app_now(), app_now())"
            ),
            {"account": person.account_id},
        )
    ways = await portal.client.post(
        "/internal/login/confirm/ways", json={"handle": handle}, headers=await portal.service_headers()
    )
    assert "sms" in ways.json()["methods"]
    owed = await confirm(portal, handle)
    assert owed.json()["code"] == "confirm_second_step_owed"
    sent = await portal.client.post(
        "/internal/login/confirm/code", json={"handle": handle}, headers=await portal.service_headers()
    )
    assert sent.status_code == 204, sent.text
    code = await people.code("second_step_code")
    wrong = await confirm(portal, handle, method="sms", code="000000" if code != "000000" else "000001")
    assert (wrong.json()["code"], wrong.json()["tries_left"]) == ("code_wrong", 4)
    unproven = await confirm(portal, handle, "Не тот пароль 1", method="sms", code=code)
    assert unproven.json()["code"] == "confirm_password_wrong", "a code does not stand for the password"
    assert not await is_recent(portal)
    assert (await confirm(portal, handle, method="sms", code=code)).status_code == 204
    assert await is_recent(portal)


@pytest.mark.req("P09")
async def test_session_of_a_provider_has_no_password(portal: Any) -> None:
    session = (await portal.sign_in())["session"]
    answer = await confirm(portal, session["handle"])
    assert (answer.status_code, answer.json()["code"]) == (404, "provider_unknown")
    assert (await confirm(portal, "nobody")).json()["code"] == "login_session_over"
