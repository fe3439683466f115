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
    for path, body in (("take", None), ("settle", {"outcome": "sent"})):
        answer = await portal.client.post(
            f"/internal/letters/{letter_id}/{path}", json=body, headers=await portal.service_headers(by=by)
        )
        assert answer.status_code == 403


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
    with pytest.raises(LettersSpent):
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
