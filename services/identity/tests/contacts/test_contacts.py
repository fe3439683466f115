"""Contacts: a code to the new one, a word and a way back to the old one, nothing told about others."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from nmo_identity.contacts.rules import email_of, masked_email, phone_of, postal_of
from nmo_kit import clock
from nmo_testkit import drain_outbox

MINE = "/api/v1/contacts"
NEW = "anna.new@example.test"


async def begin(portal: Any, headers: dict[str, str], kind: str, value: str) -> Any:
    return await portal.client.post(f"{MINE}/{kind}", json={"value": value}, headers=headers)


async def confirm(portal: Any, headers: dict[str, str], change: str, code: str) -> Any:
    return await portal.client.post(f"{MINE}/changes/{change}/confirm", json={"code": code}, headers=headers)


async def undo(portal: Any, token: str) -> Any:
    return await portal.client.post(
        "/internal/contacts/undo", json={"token": token}, headers=await portal.service_headers()
    )


async def change(portal: Any, people: Any, headers: dict[str, str], kind: str, value: str) -> Any:
    begun = await begin(portal, headers, kind, value)
    assert begun.status_code == 202, begun.text
    done = await confirm(portal, headers, begun.json()["change_id"], await people.code("contact_code"))
    assert done.status_code == 200, done.text
    return done.json()


@pytest.mark.req("REG-11", "REG-04", "P08")
async def test_new_email_by_its_code_and_a_word_to_the_old_one(portal: Any, people: Any) -> None:
    who = await people.make()
    headers = await people.headers(who)
    await drain_outbox(portal.db)
    begun = await begin(portal, headers, "email", " Anna.New@EXAMPLE.test ")
    assert begun.json()["sent_to"] == "anna.new@example.test"
    assert (await portal.client.get(MINE, headers=headers)).json()["email"]["value"] == who.email, (
        "not before the code"
    )
    wrong = await confirm(portal, headers, begun.json()["change_id"], "00000")
    assert (wrong.status_code, wrong.json()["tries_left"]) == (422, 4)
    done = await confirm(portal, headers, begun.json()["change_id"], await people.code("contact_code"))
    assert done.json()["email"] == {"value": "anna.new@example.test", "confirmed": True, "bounced": False}
    (told,) = await people.letters("email_changed")
    assert told["to"] == who.email
    assert told["params"]["new"] == "a•••@example.test"
    kinds = [event.type_name for event in await drain_outbox(portal.db)]
    assert "identity.person.changed.v1" in kinds
    (row,) = await portal.journal("action = 'contact.changed'")
    assert row["fields"] == ["email"]
    assert row["person_id"] == who.person_id
    used = await confirm(portal, await people.headers(who), begun.json()["change_id"], "123456")
    assert used.json()["code"] == "contact_change_missing"


@pytest.mark.req("REG-11", "P13", "T01", "T04")
async def test_old_contact_takes_the_change_back_within_seven_days(portal: Any, people: Any) -> None:
    who = await people.make()
    handle = await people.session(who)
    headers = await portal.headers(handle)
    await change(portal, people, headers, "email", NEW)
    await people.rested()
    await begin(portal, await portal.headers(handle), "phone", "+7 912 000-00-77")
    token = (await people.letters("email_changed"))[0]["params"]["token"]
    done = await undo(portal, token)
    assert done.json() == {"kind": "email", "value_masked": "a•••@example.test"}
    assert (await portal.exchange(handle)).status_code == 400, "whoever changed it is shut out"
    again = await people.headers(who)
    found = (await portal.client.get(MINE, headers=again)).json()
    assert found["email"] == {"value": who.email, "confirmed": True, "bounced": False}
    assert found["pending"] == []
    assert (await undo(portal, token)).json()["code"] == "undo_over"
    async with portal.db.read() as session:
        index = (await session.execute(text("select email_index from local_credential"))).scalar_one()
        rows = (
            (await session.execute(text("select row_to_json(c)::text from contact_change c"))).scalars().all()
        )
    from nmo_identity.passwords.queries import email_index

    assert index == email_index(people.cipher, who.email)
    assert token not in " ".join(rows)


@pytest.mark.req("REG-11")
async def test_change_cannot_be_taken_back_after_seven_days(portal: Any, people: Any) -> None:
    who = await people.make()
    await change(portal, people, await people.headers(who), "email", NEW)
    token = (await people.letters("email_changed"))[0]["params"]["token"]
    async with portal.db.write() as session:
        await session.execute(text("update contact_change set undo_until = app_now() - interval '1 second'"))
    assert (await undo(portal, token)).status_code == 410
    assert (await undo(portal, "x" * 43)).status_code == 410


@pytest.mark.req("REG-05", "REG-11")
async def test_phone_is_confirmed_by_a_text_message(portal: Any, people: Any) -> None:
    who = await people.make(phone_verified=False)
    headers = await people.headers(who)
    assert (await portal.client.get(MINE, headers=headers)).json()["phone"]["confirmed"] is False
    found = await change(portal, people, headers, "phone", "8 (912) 000-00-01")
    assert found["phone"] == {"value": who.phone, "confirmed": True}
    assert await people.letters("phone_changed") == [], "nothing was replaced"
    await people.rested()
    await change(portal, people, await people.headers(who), "phone", "+7 912 000-00-02")
    told = await people.letters("phone_changed")
    assert [(letter["channel"], letter["to"]) for letter in told] == [
        ("sms", who.phone),
        ("email", who.email),
    ]
    same = await begin(portal, await people.headers(who), "phone", "+79120000002")
    assert same.json()["code"] == "contact_invalid"


@pytest.mark.req("REG-11")
async def test_postal_address_by_a_code_to_another_contact(portal: Any, people: Any) -> None:
    who = await people.make()
    headers = await people.headers(who)
    address = "101000, Москва, ул. Озёрная, д. 4, кв. 17"
    begun = await begin(portal, headers, "postal", f"  {address} ")
    assert begun.json()["sent_to"] == who.email
    done = await confirm(portal, headers, begun.json()["change_id"], await people.code("postal_code"))
    assert done.json()["postal"] == {"value": address, "confirmed": True}
    assert (await people.letters("postal_changed"))[0]["to"] == who.email
    async with portal.db.read() as session:
        rows = (
            (await session.execute(text("select row_to_json(a)::text from postal_address a"))).scalars().all()
        )
    assert "Озёрная" not in " ".join(rows)


@pytest.mark.req("T06", "T05")
async def test_address_of_another_account_is_answered_the_same_and_never_taken(
    portal: Any, people: Any
) -> None:
    other = await people.make("taken@example.test", "+79120000009")
    who = await people.make()
    headers = await people.headers(who)
    begun = await begin(portal, headers, "email", "taken@example.test")
    free = await begin(portal, headers, "email", "free@example.test")
    assert begun.status_code == free.status_code == 202
    assert set(begun.json()) == set(free.json())
    (word,) = await people.letters("contact_taken")
    assert word["to"] == other.email
    assert word["params"] == {}
    await people.rested()
    begun = await begin(portal, headers, "email", "taken@example.test")
    for guess in range(5):
        answer = await confirm(portal, headers, begun.json()["change_id"], f"{guess:06d}")
        assert answer.json()["code"] in {"code_wrong", "contact_taken"}
    assert (await portal.client.get(MINE, headers=headers)).json()["email"]["value"] == who.email


@pytest.mark.req("P09", "T11")
async def test_old_sign_in_changes_no_contact(portal: Any, people: Any) -> None:
    who = await people.make()
    headers = await people.headers(who, at=clock.now() - timedelta(minutes=5, seconds=1))
    for kind in ("email", "phone", "postal"):
        assert (await begin(portal, headers, kind, "x")).json()["code"] == "step_up_required"


@pytest.mark.req("T14", "P07")
async def test_change_of_another_person_is_not_there(portal: Any, people: Any) -> None:
    who, stranger = await people.make(), await people.make("stranger@example.test", "+79120000008")
    begun = await begin(portal, await people.headers(who), "email", NEW)
    code, headers = await people.code("contact_code"), await people.headers(stranger)
    change_id = begun.json()["change_id"]
    assert (await confirm(portal, headers, change_id, code)).status_code == 404
    for method, path in (("POST", f"{change_id}/resend"), ("DELETE", change_id)):
        assert (
            await portal.client.request(method, f"{MINE}/changes/{path}", headers=headers)
        ).status_code == 404
    again = await portal.client.post(f"{MINE}/changes/{change_id}/resend", headers=await people.headers(who))
    assert again.status_code == 202
    assert (
        await confirm(portal, await people.headers(who), change_id, await people.code("contact_code"))
    ).status_code == 200


@pytest.mark.req("REG-11")
async def test_own_contact_outlives_the_providers_other_one(portal: Any, people: Any) -> None:
    signed = await portal.sign_in()
    headers = await portal.headers(signed["session"]["handle"])
    await change(portal, people, headers, "email", NEW)
    again = await portal.sign_in()
    me = await portal.me(again["session"]["handle"])
    assert me["email"] == NEW
    assert me["phone"] != NEW


@pytest.mark.req("REG-05")
async def test_session_that_owes_a_contact_is_freed_by_it(portal: Any, people: Any) -> None:
    who = await people.make()
    handle = await people.session(who, restrictions=["must_confirm_contact"])
    assert (await portal.me(handle))["entry"] == "restricted"
    await change(portal, people, await portal.headers(handle), "email", NEW)
    assert (await portal.me(handle))["entry"] != "restricted"


@pytest.mark.req("P06", "REG-05", "P05")
async def test_mistyped_address_of_a_registration_is_put_right_by_a_code(portal: Any, people: Any) -> None:
    who = await people.make()
    async with portal.db.write() as session:
        await session.execute(text("update account set state = 'unverified'"))
        await session.execute(text("update person set confirmed = false, email_verified = false"))
        await session.execute(text("update local_credential set verified_at = null"))
    handle = await people.session(who)
    assert (await portal.me(handle))["entry"] == "unverified"
    await change(portal, people, await portal.headers(handle), "email", NEW)
    assert (await portal.me(handle))["entry"] == "unmatched"
    assert await people.letters("email_changed") == [], "the mistyped address is nobody's to be told"


@pytest.mark.req("REG-02")
async def test_session_that_owes_a_password_changes_no_contact(portal: Any, people: Any) -> None:
    who = await people.make()
    headers = await portal.headers(await people.session(who, restrictions=["must_change_password"]))
    refused = await begin(portal, headers, "email", NEW)
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("8 (912) 345-67-89", "+79123456789"), ("9123456789", "+79123456789"), ("+7 912 345 67 89", "+79123456789"),
        ("79123456789", "+79123456789"), ("+375 29 123-45-67", "+375291234567"), ("+7\u00a0912\u2011345\u201167\u201189", "+79123456789"),
    ],
)  # fmt: skip
def test_phones_as_people_write_them(typed: str, kept: str) -> None:
    assert phone_of(typed) == kept


@pytest.mark.parametrize("typed", ["", "123", "+7 912 345 67 8", "91234567890123456", "доб. 15"])
def test_what_is_no_phone(typed: str) -> None:
    with pytest.raises(ValueError, match=r"[а-я]"):
        phone_of(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "no-at", "a@b", "a b@mail.ru", "@mail.ru", "x@-mail.ru", "a..b@mail.ru", "a@mail.ru\r\nBcc: x@y.ru"],
)
def test_what_is_no_email(typed: str) -> None:
    with pytest.raises(ValueError, match=r"[а-я]"):
        email_of(typed)


def test_short_forms() -> None:
    assert masked_email("anna@mail.ru") == "a•••@mail.ru"
    with pytest.raises(ValueError, match="индекс"):
        postal_of("Москва")
