"""Letters: sealed, named by id alone, erased once they are over; how many may be asked for in a day."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from nmo_identity.letters.commands.quota import allow_letter
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.letters.errors import LettersSpent
from nmo_identity.upkeep import remove_expired
from nmo_kit import clock
from nmo_kit.errors import TooManyRequests
from nmo_testkit import drain_outbox


async def send(portal: Any, **values: Any) -> Any:
    async with portal.db.write() as session:
        return await send_letter(
            session,
            **{
                "kind": "contact_code", "channel": "email", "to": "secret.reader@example.test",
                "params": {"code": "493817"}, "person_id": None, "cipher": portal.runtime.extras["cipher"],
                "now": clock.now(), **values,
            },
        )  # fmt: skip


async def everything(portal: Any) -> str:
    async with portal.db.read() as session:
        found = []
        for query in (
            "select row_to_json(t)::text from letter t",
            "select row_to_json(t)::text from journal t",
            "select encode(body, 'escape') from outbox",
        ):
            found += (await session.execute(text(query))).scalars().all()
    return " ".join(found)


@pytest.mark.req("T24", "NOT-03", "P22")
async def test_letter_is_sealed_told_by_id_and_erased_when_sent(portal: Any) -> None:
    letter_id = await send(portal)
    (told,) = await drain_outbox(portal.db)
    assert told.type_name == "identity.letter.issued.v1"
    assert told.data == {"letter_id": str(letter_id), "channel": "email", "kind": "contact_code"}
    for secret in ("secret.reader", "493817"):
        assert secret not in await everything(portal)
    headers = await portal.service_headers(by="notifications")
    address = f"/internal/letters/{letter_id}"
    for _ in range(2):  # a sender that died asks again
        taken = await portal.client.post(f"{address}/take", headers=headers)
        assert taken.json()["to"] == "secret.reader@example.test"
        assert taken.json()["params"] == {"code": "493817"}
    for _ in range(2):
        settled = await portal.client.post(f"{address}/settle", json={"outcome": "sent"}, headers=headers)
        assert settled.status_code == 204
    gone = await portal.client.post(f"{address}/take", headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (410, "letter_over")
    async with portal.db.read() as session:
        row = (await session.execute(text("select to_sealed, params_sealed, state from letter"))).one()
    assert tuple(row) == (None, None, "sent")
    assert len(await portal.journal("action = 'letter.sent'")) == 1


@pytest.mark.parametrize("by", ["gateway", "applications"])
async def test_only_the_sending_service_takes_letters(portal: Any, by: str) -> None:
    letter_id = await send(portal)
    bounce = {"person_id": str(uuid4()), "address": "secret.reader@example.test"}
    for path, body in (
        (f"{letter_id}/take", None),
        (f"{letter_id}/settle", {"outcome": "sent"}),
        ("bounces", bounce),
    ):
        answer = await portal.client.post(
            f"/internal/letters/{path}", json=body, headers=await portal.service_headers(by=by)
        )
        assert answer.status_code == 403


@pytest.mark.req("NOT-03", "REG-11")
async def test_address_that_takes_no_letters_is_marked_until_one_arrives(portal: Any, people: Any) -> None:
    who = await people.make()
    headers, mine = await portal.service_headers(by="notifications"), await people.headers(who)

    async def settled(outcome: str, to: str = who.email) -> None:
        letter_id = await send(portal, to=to, person_id=who.person_id)
        answer = await portal.client.post(
            f"/internal/letters/{letter_id}/settle", json={"outcome": outcome}, headers=headers
        )
        assert answer.status_code == 204, answer.text

    async def bounced() -> bool:
        found = (await portal.client.get("/api/v1/contacts", headers=mine)).json()
        return bool(found["email"]["bounced"])

    await settled("failed")
    assert not await bounced(), "the server was away: nothing is known of the address"
    for _ in range(2):
        await settled("bounced", to=who.email.upper())
        assert await bounced()
    assert len(await portal.journal("action = 'contact.bounced'")) == 1
    assert "anna@example" not in (await everything(portal)).lower()
    await settled("sent", to="another@example.test")
    assert await bounced()
    await settled("sent")
    assert not await bounced()
    told = {"person_id": str(who.person_id), "address": who.email}
    answer = await portal.client.post("/internal/letters/bounces", json=told, headers=headers)
    assert (answer.status_code, await bounced()) == (204, True)
    async with portal.db.write() as session:
        await session.execute(text("update bounced_address set bounced_at = bounced_at - interval '31 days'"))
    assert not await bounced()
    async with portal.db.write() as session:
        await session.execute(text("update bounced_address set bounced_at = app_now()"))
        await session.execute(text("update person set email = 'new@example.test'"))
    assert not await bounced(), "another address is no bounced one"


@pytest.mark.req("P07")
async def test_code_that_outlived_its_time_is_not_sent_and_not_kept(portal: Any) -> None:
    letter_id = await send(portal, lifetime=timedelta(minutes=10), now=clock.now() - timedelta(hours=2))
    headers = await portal.service_headers(by="notifications")
    gone = await portal.client.post(f"/internal/letters/{letter_id}/take", headers=headers)
    assert gone.json()["code"] == "letter_over"
    await remove_expired(portal.db)
    async with portal.db.read() as session:
        row = (await session.execute(text("select state, to_sealed, params_sealed from letter"))).one()
    assert tuple(row) == ("expired", None, None)


@pytest.mark.req("P06")
async def test_five_letters_a_day_to_one_address_then_only_another_address(portal: Any) -> None:
    owner, cipher, now = str(uuid4()), portal.runtime.extras["cipher"], clock.now().replace(hour=6)

    async def ask(to: str, at: Any) -> None:
        await allow_letter(portal.db, owner=owner, to=to, cipher=cipher, now=at)

    for number in range(5):
        await ask("one@example.test", now + timedelta(minutes=number))
    with pytest.raises(LettersSpent):
        await ask("ONE@example.test", now + timedelta(minutes=9))
    for number in range(5):
        await ask("two@example.test", now + timedelta(minutes=10 + number))
    with pytest.raises(LettersSpent, match="Сегодня вы запросили 10 сообщений на разные адреса"):
        await ask("three@example.test", now + timedelta(minutes=15))
    await ask("one@example.test", now + timedelta(days=1))
    async with portal.db.read() as session:
        keys = (
            await session.execute(text("select key from day_quota union select key from rate_limit"))
        ).scalars()
    assert "example" not in " ".join(keys)


@pytest.mark.req("P06")
async def test_two_letters_at_once_then_half_a_minute(portal: Any) -> None:
    owner, cipher, now = str(uuid4()), portal.runtime.extras["cipher"], clock.now()
    for _ in range(2):
        await allow_letter(portal.db, owner=owner, to="a@example.test", cipher=cipher, now=now)
    with pytest.raises(TooManyRequests) as caught:
        await allow_letter(portal.db, owner=owner, to="a@example.test", cipher=cipher, now=now)
    assert int(caught.value.headers["Retry-After"]) <= 31
