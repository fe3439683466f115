"""Messages from events: once, in words; reading them; who may."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from nmo_contracts import applications, cycles, identity
from nmo_contracts.catalog import ElementPublishedV1
from nmo_kit.ids import uuid7
from nmo_notifications.inbox.consumers import on_cycle_document
from nmo_notifications.inbox.rules import KIND_OF, number_text
from nmo_notifications.programmes.consumers import on_element
from nmo_notifications.templates import catalogue
from nmo_testkit import deliver

INBOX = "/api/v1/notifications"


async def inbox(world, **params):
    return (await world.http.get(INBOX, params=params, headers=world.person)).json()


@pytest.mark.req("NOT-01")
async def test_an_event_becomes_one_message(world):
    event_id = uuid7()
    assert await world.tell(world.event(), event_id=event_id) == "handled"
    assert await world.tell(world.event(), event_id=event_id) == "duplicate"
    found = await inbox(world)
    assert found["unread"] == 1
    (message,) = found["items"]
    assert message["title"] == "Заявка NMO-0000042-2026 одобрена"
    assert message["link"].startswith("/cabinet/applications/")
    assert message["read_at"] is None
    assert len(await world.sql("select 1 from delivery_job")) == 1


async def test_message_names_the_programme_when_the_catalogue_told_it(world):
    event = world.event()
    card = ElementPublishedV1(
        element_id=event.element_id,
        kind="programme",
        title="Неотложная кардиология",
        zet=Decimal(72),
        workload_hours=72,
        form="full_time",
        bases=["budget"],
        starts_on=None,
        ends_on=None,
        organization_id=world.organization_id,
        organization_name="Северный медицинский университет",
        specialty_keys=[],
        place="Москва",
    )
    await deliver(world.db, on_element, card)
    await world.tell(event)
    (message,) = (await inbox(world))["items"]
    assert "«Неотложная кардиология»" in message["body"]
    assert "«Северный медицинский университет»" in message["body"]


CASES = [
    (applications.ApplicationSubmittedV1, {}, "Заявка NMO-0000042-2026 подана"),
    (applications.ApplicationRejectedV1, {"reason_code": "no_seats"}, "Заявка NMO-0000042-2026 отклонена"),
    (applications.ApplicationRejectedV1, {"reason_code": "other"}, "Заявка NMO-0000042-2026 отклонена"),
    (applications.ApplicationDocumentsRequestedV1, {}, "По заявке NMO-0000042-2026 нужны документы"),
    (applications.ApplicationEnrolledV1, {}, "Вы зачислены по заявке NMO-0000042-2026"),
    (
        applications.ApplicationCompletedV1,
        {"zet": "72.00", "completed_on": "2026-11-14", "certificate_number": "77-1"},
        "Обучение по заявке NMO-0000042-2026 завершено",
    ),
    (applications.ApplicationFailedV1, {}, "Обучение по заявке NMO-0000042-2026 не завершено"),
    (applications.ApplicationWithdrawnV1, {}, "Заявка NMO-0000042-2026 отозвана"),
    (
        cycles.CycleConfirmedV1,
        {"confirmed_at": datetime(2026, 1, 1, tzinfo=UTC)},
        "Пятилетний цикл подтверждён",
    ),
    (
        cycles.CreditRecordedV1,
        {
            "entry_id": uuid4(),
            "kind": "programme",
            "zet": "1.50",
            "earned_on": "2026-11-14",
            "source": "application/1",
            "total_zet": "73.50",
        },
        "Начислено 1,5\u00a0ЗЕТ",
    ),
    (
        cycles.ThresholdReachedV1,
        {"norm_code": "n", "percent": 50, "total_zet": "125", "target_zet": "250"},
        "Набрано 50\u00a0% нормы",
    ),
    (
        cycles.ThresholdReachedV1,
        {"norm_code": "n", "percent": 100, "total_zet": "250", "target_zet": "250"},
        "Норма цикла выполнена",
    ),
    (
        identity.ConsentGrantedV1,
        {"purpose": "data_transfer", "text_version": "1", "granted_at": datetime(2026, 1, 1, tzinfo=UTC)},
        "Согласие дано: передача данных",
    ),
    (
        identity.ConsentWithdrawnV1,
        {"purpose": "sms_messages", "withdrawn_at": datetime(2026, 1, 1, tzinfo=UTC)},
        "Согласие отозвано: уведомления по SMS",
    ),
    (
        identity.PersonMismatchedV1,
        {"outcome": "conflict", "fields": ["patronymic"], "matched_at": datetime(2026, 1, 1, tzinfo=UTC)},
        "Данные расходятся с регистром",
    ),
]


@pytest.mark.req("NOT-01")
@pytest.mark.parametrize(("model", "values", "title"), CASES)
async def test_words_of_each_kind(world, model, values, title):
    await world.tell(world.event(model, **values))
    (message,) = (await inbox(world))["items"]
    assert message["title"] == title
    assert "{" not in message["body"]
    assert "None" not in message["body"]


@pytest.mark.req("NOT-01", "FRM-03", "CYC-03")
async def test_a_lost_document_is_told_once_and_its_last_word_counts(world):
    cycle_id, specialty = uuid4(), "Кардиология"
    lost = world.event(
        cycles.CycleDocumentLostV1,
        cycle_id=cycle_id,
        specialty_name=specialty,
        removed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    found = world.event(cycles.CycleDocumentFoundV1, cycle_id=cycle_id, specialty_name=specialty)

    async def tell(payload, version, event_id=None):
        handled = {"version": version, "event_id": event_id, "consumer": "inbox"}
        return await deliver(world.db, on_cycle_document, payload, **handled)

    first = uuid7()
    assert await tell(lost, 2, first) == "handled"
    assert await tell(lost, 2, first) == "duplicate"
    (message,) = (await inbox(world))["items"]
    assert message["title"] == "Документа цикла больше нет в регистре"
    assert message["link"] == f"/cabinet/cycles/{cycle_id}"
    for words in ("цикл «Кардиология»", "сохранены", "«Сверка данных»", "«Добавить документ»"):
        assert words in message["body"]

    assert await tell(found, 5) == "handled"
    assert await tell(lost, 4) == "stale", "a loss that comes after its end would be the last word"
    assert await tell(lost, 6) == "handled"
    assert await tell(found, 3) == "stale"
    gone, back = "Документа цикла больше нет в регистре", "Документ цикла снова есть в регистре"
    items = (await inbox(world))["items"]
    assert [item["title"] for item in items] == [gone, back, gone]
    assert all("{" not in item["body"] and specialty in item["body"] for item in items)
    other = lost.model_copy(update={"cycle_id": uuid4()})
    assert await tell(other, 2) == "handled", "another cycle is another word"

    world.know()
    await world.sender.send_due()
    assert [letter["Subject"] for letter in world.mailbox.letters].count(gone) == 3
    text = world.mailbox.letters[0].get_body(("plain",)).get_content()
    assert f"/cabinet/cycles/{cycle_id}" in text


def test_every_kind_has_a_template_and_every_template_a_kind():
    assert catalogue.kinds() == set(KIND_OF.values())


def test_older_versions_stay_readable():
    with pytest.raises(KeyError):
        catalogue.newest_version("unknown")
    words = catalogue.render("application_confirmed", 1, {"number": "1", "application_id": "2"})
    assert words.link == "/cabinet/applications/1"


@pytest.mark.parametrize(
    ("value", "text"), [("72.00", "72"), ("0.50", "0,5"), ("100", "100"), ("10.0", "10")]
)
def test_numbers(value, text):
    assert number_text(value) == text


async def test_reading(world):
    for _ in range(3):
        await world.tell(world.event())
    first, second, third = (await inbox(world))["items"]
    body = {"message_ids": [first["message_id"], str(uuid4())]}
    answer = await world.http.post(f"{INBOX}/read", json=body, headers=world.person)
    assert answer.json() == {"unread": 2}
    stranger = world.tokens.headers(aud="notifications", sub=uuid4())
    other = await world.http.post(
        f"{INBOX}/read", json={"message_ids": [second["message_id"]]}, headers=stranger
    )
    assert other.json() == {"unread": 0}
    assert (await inbox(world))["unread"] == 2
    await world.http.post(f"{INBOX}/read", json={"all": True}, headers=world.person)
    found = await inbox(world)
    assert found["unread"] == 0
    assert {item["message_id"] for item in found["items"]} == {
        m["message_id"] for m in (first, second, third)
    }
    for bad in ({}, {"all": True, "message_ids": []}, {"all": False}):
        refused = await world.http.post(f"{INBOX}/read", json=bad, headers=world.person)
        assert refused.status_code == 422


async def test_pages(world):
    for _ in range(5):
        await world.tell(world.event())
    seen, cursor = [], None
    while True:
        page = await inbox(world, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [item["message_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
    bad = await world.http.get(INBOX, params={"cursor": "eyJiZWZvcmUiOjF9"}, headers=world.person)
    assert bad.status_code == 422


@pytest.mark.parametrize("entry", ["conflict", "limited", "unmatched", "weak", "checking"])
async def test_messages_reach_people_before_they_are_matched(world, entry):
    headers = world.tokens.headers(
        aud="notifications", sub=world.person_id, entry=entry, roles=("person",), consent=False
    )
    assert (await world.http.get(INBOX, headers=headers)).status_code == 200


async def test_who_may_not(world):
    assert (await world.http.get(INBOX)).status_code == 401
    assert (await world.http.get(INBOX, headers=world.partner)).status_code == 403
    unconfirmed = world.tokens.headers(aud="notifications", sub=world.person_id, entry="unconfirmed")
    assert (await world.http.get(INBOX, headers=unconfirmed)).status_code == 403
