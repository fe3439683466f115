"""Consents one by one, their records and receipts, and the words of the services (SSO-03..05, P14, T24)."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from nmo_contracts.acknowledgements import CONSENT_APPLIED
from nmo_identity.consents.commands.acknowledge import unheeded, watch_withdrawals
from nmo_identity.consents.consumers import on_consent_applied
from nmo_identity.papers import verify_document
from nmo_kit import clock
from nmo_testkit.messages import deliver, drain_outbox

PURPOSES = ("data_transfer", "organisation_transfer", "employer_transfer", "partner_transfer", "sms_messages")
PATH = "/api/v1/me/consents"


async def shown(portal: Any, handle: str) -> dict[str, Any]:
    answer = await portal.client.get(PATH, headers=await portal.headers(handle))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def give(portal: Any, handle: str, purpose: str, *, agreed: bool = True) -> Any:
    texts = {item["purpose"]: item["text"] for item in (await shown(portal, handle))["purposes"]}
    body = {"purpose": purpose, "text_version": texts[purpose]["version"], "agreed": agreed}
    return await portal.client.post(PATH, json=body, headers=await portal.headers(handle))


async def take_back(portal: Any, handle: str, purpose: str) -> None:
    answer = await portal.client.delete(
        PATH, params={"purpose": purpose}, headers=await portal.headers(handle)
    )
    assert answer.status_code == 204, answer.text


async def claims(portal: Any, helpers: Any, handle: str) -> dict[str, Any]:
    found: dict[str, Any] = helpers.read_claims((await portal.exchange(handle)).json()["access_token"])
    return found


@pytest.mark.req("SSO-03", "SSO-05", "P14")
async def test_each_purpose_is_answered_by_itself(portal: Any, helpers: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    refused = await give(portal, handle, "partner_transfer")
    assert (refused.status_code, refused.json()["code"]) == (409, "main_consent_first")
    assert (await give(portal, handle, "data_transfer")).status_code == 201
    states = {item["purpose"]: item["state"] for item in (await shown(portal, handle))["purposes"]}
    assert states == {**dict.fromkeys(PURPOSES, "none"), "data_transfer": "granted"}
    assert (await claims(portal, helpers, handle))["purposes"] == ["data_transfer"]
    await give(portal, handle, "partner_transfer")
    await give(portal, handle, "sms_messages", agreed=False)
    assert (await claims(portal, helpers, handle))["purposes"] == ["data_transfer", "partner_transfer"]
    await take_back(portal, handle, "partner_transfer")
    states = {item["purpose"]: item["state"] for item in (await shown(portal, handle))["purposes"]}
    assert states["partner_transfer"] == "withdrawn"
    assert states["data_transfer"] == "granted"


@pytest.mark.req("SSO-05", "P14")
async def test_the_main_one_ends_the_others_and_orders_the_destruction(portal: Any, helpers: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    for purpose in PURPOSES:
        await give(portal, handle, purpose)
    await drain_outbox(portal.db)
    await take_back(portal, handle, "data_transfer")
    ended = [event.data["purpose"] for event in await drain_outbox(portal.db)]
    assert sorted(ended) == sorted(PURPOSES)
    after = await claims(portal, helpers, handle)
    assert (after["consent"], after["purposes"]) == (False, [])
    erasure = (await shown(portal, handle))["erasure"]
    assert erasure["state"] == "due"
    await give(portal, handle, "data_transfer")
    again = await shown(portal, handle)
    assert again["erasure"] is None
    assert [item["state"] for item in again["purposes"]] == ["granted", *["withdrawn"] * 4]


@pytest.mark.req("P14")
async def test_record_holds_what_the_standard_asks_for_and_only_ends(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    await give(portal, handle, "data_transfer")
    await give(portal, handle, "organisation_transfer")
    await take_back(portal, handle, "organisation_transfer")
    async with portal.db.read() as session:
        rows = (
            (await session.execute(text("select * from consent_record order by given_at"))).mappings().all()
        )
    main, organisation = rows
    assert main["pseudonym"] == organisation["pseudonym"] != main["person_id"]
    assert (main["state"], organisation["state"]) == ("given", "withdrawn")
    assert organisation["ended_at"] >= organisation["given_at"]
    assert organisation["categories"] == ["full_name", "birth_date", "identifier", "contacts", "employment"]
    assert organisation["recipients"] == ["Образовательная организация, которой вы подали заявку"]
    assert (main["jurisdiction"], main["language"], main["method"]) == ("RU", "ru", "web_page_box_and_button")
    for change in (
        "update consent_record set notice_hash = 'x'",
        "update consent_record set state = 'given', ended_at = null where state = 'withdrawn'",
        "delete from consent_record",
    ):
        with pytest.raises(Exception, match="only ends, once"):
            async with portal.db.write() as session:
                await session.execute(text(change))


@pytest.mark.req("P14")
async def test_receipt_is_signed_and_a_changed_one_is_found(
    portal: Any, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    await give(portal, handle, "data_transfer")
    record = (await shown(portal, handle))["purposes"][0]["record_id"]
    headers = await portal.headers(handle)
    answer = await portal.client.get(f"{PATH}/records/{record}", headers=headers)
    receipt = answer.json()["receipt"]
    assert receipt["purpose"]["title"] == "Согласие на передачу данных"
    assert [item["kind"] for item in receipt["events"]] == ["granted"]
    assert "Смирнова" not in answer.text
    file = tmp_path / "receipt.json"
    file.write_bytes(answer.content)
    await verify_document(portal.runtime, [str(file)])
    assert capsys.readouterr().out == f"Подпись портала верна: {record}\n"
    for change in (
        {"receipt": {**receipt, "retention": "навсегда"}},
        {"signed": answer.json()["signed"][:-6] + "AAAAAA"},
        {"signed": "нет"},
    ):
        file.write_text(json.dumps({**answer.json(), **change}))
        with pytest.raises(SystemExit):
            await verify_document(portal.runtime, [str(file)])
    stranger = (await portal.sign_in(oid=1000299999, snils="087-654-303 00"))["session"]["handle"]
    other = await portal.client.get(f"{PATH}/records/{record}", headers=await portal.headers(stranger))
    assert other.status_code == 404


@pytest.mark.req("P14")
async def test_withdrawal_asks_for_a_fresh_sign_in(portal: Any) -> None:
    handle = (await portal.sign_in())["session"]["handle"]
    await give(portal, handle, "data_transfer")
    async with portal.db.write() as session:
        await session.execute(text("update auth_session set auth_time = auth_time - interval '6 minutes'"))
    answer = await portal.client.delete(PATH, headers=await portal.headers(handle))
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up_required")
    refused = await give(portal, handle, "data_transfer", agreed=False)
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_required")


@pytest.mark.req("SSO-05", "T24", "P14")
async def test_services_that_say_nothing_for_a_minute_are_an_alarm(portal: Any) -> None:
    person = (await portal.sign_in())["person"]["person_id"]
    handle = (await portal.sign_in())["session"]["handle"]
    await give(portal, handle, "data_transfer")
    await give(portal, handle, "sms_messages")
    await take_back(portal, handle, "sms_messages")
    event = (await drain_outbox(portal.db))[-1]
    now = clock.now()
    assert await watch_withdrawals(portal.db, now=now + timedelta(seconds=59)) == 0
    assert await watch_withdrawals(portal.db, now=now + timedelta(seconds=62)) == 4
    assert unheeded.labels("cycles")._value.get() == 1
    for model in CONSENT_APPLIED[:-1]:
        await deliver(
            portal.db,
            on_consent_applied,
            model(
                person_id=UUID(person),
                purpose="sms_messages",
                granted=False,
                answered_at=event.data["withdrawn_at"],
                applied_at=now,
            ),
        )
    assert await watch_withdrawals(portal.db, now=now + timedelta(seconds=62)) == 1
    assert (unheeded.labels("cycles")._value.get(), unheeded.labels("notifications")._value.get()) == (0, 1)
