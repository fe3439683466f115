"""Subscribing, the log, consent, the feed."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from nmo_contracts.applications import ApplicationDraftedV1, ApplicationEnrolledV1
from nmo_contracts.cycles import CreditRecordedV1
from nmo_kit.messaging import Envelope
from nmo_notifications.partners.early import FORGET_EARLY
from nmo_notifications.partners.projection import project_event
from nmo_testkit import wait

SUBSCRIPTIONS = "/api/v1/partner/subscriptions"
STATUS_CHANGED = "partner.application.status_changed.v1"
CREDIT = "partner.credit.recorded.v1"


def credit(world, **values):
    return world.event(
        CreditRecordedV1,
        entry_id=uuid4(),
        kind="programme",
        zet="72.00",
        earned_on="2026-11-14",
        source="application/1",
        total_zet="72.00",
        **values,
    )


@pytest.mark.req("PAR-01", "PAR-02")
async def test_pull_from_subscription_to_event_in_two_calls(world):
    await world.consent()
    made = await world.subscribe("pull", types=[f"ru.nmo.{STATUS_CHANGED}", CREDIT])
    assert (made["secret"], made["amqp"], made["types"]) == (None, None, [STATUS_CHANGED, CREDIT])
    event = world.event()
    await world.project(event)
    await world.project(credit(world))
    feed = await world.feed()
    first, second = feed["events"]
    assert first["type"] == f"ru.nmo.{STATUS_CHANGED}"
    assert first["data"]["status"] == "confirmed"
    assert first["data"]["application_id"] == str(event.application_id)
    assert first["subject"] == f"application/{event.application_id}"
    assert second["data"]["zet"] == "72.00"
    assert (await world.feed(after=feed["next"]))["events"] == []
    one = await world.http.get(f"/api/v1/partner/events/{first['id']}", headers=world.partner)
    assert one.json() == first


@pytest.mark.req("PAR-05")
async def test_partners_know_a_person_by_different_pseudonyms(world):
    await world.consent()
    other = world.partner_headers("partner-two")
    body = {"types": [STATUS_CHANGED], "way": "pull"}
    await world.subscribe("pull")
    await world.http.post(SUBSCRIPTIONS, json=body, headers=other)
    await world.project(world.event())
    await world.project(world.event())
    mine = (await world.feed())["events"]
    theirs = (await world.http.get("/api/v1/partner/events", headers=other)).json()["events"]
    assert mine[0]["data"]["specialist_id"] == mine[1]["data"]["specialist_id"]
    assert mine[0]["data"]["specialist_id"] != theirs[0]["data"]["specialist_id"]
    assert mine[0]["id"] != theirs[0]["id"]
    assert str(world.person_id) not in str(mine) + str(theirs)


@pytest.mark.req("PAR-05")
@pytest.mark.failure("CONSENT-WITHDRAWN")
async def test_nothing_without_consent_and_nothing_after_its_end(world):
    await world.subscribe("pull")
    await world.project(world.event())
    assert (await world.feed())["events"] == []
    await world.consent()
    await world.project(world.event())
    feed = await world.feed()
    (event,) = feed["events"]
    await world.withdraw()
    await world.project(world.event())
    assert (await world.feed())["events"] == []
    gone = await world.http.get(f"/api/v1/partner/events/{event['id']}", headers=world.partner)
    assert gone.status_code == 404
    (row,) = await world.sql("select seq, body from partner_event")
    assert (row.seq, row.body) == (1, None), "the place stays, the body is gone"


@pytest.mark.req("PAR-03", "PAR-05")
async def test_facts_that_overtake_the_agreement_wait_for_it_in_their_order(world):
    await world.subscribe("pull")
    before, stranger = world.event(), uuid4()
    await world.project(before)
    agreed_at = datetime.now(UTC)
    since = [world.event(), world.event()]
    for event in (*since, world.event(person_id=stranger)):
        await world.project(event)
    assert (await world.feed())["events"] == []
    await world.consent(at=agreed_at)
    told = [event["data"]["application_id"] for event in (await world.feed())["events"]]
    assert told == [str(event.application_id) for event in since]
    waiting = await world.sql("select person_id from early_fact")
    assert [row.person_id for row in waiting] == [stranger]
    await world.sql("update early_fact set at = at - interval '11 minutes'")
    await world.sql(FORGET_EARLY)
    assert await world.sql("select 1 from early_fact") == []


@pytest.mark.req("PAR-05")
async def test_whoever_takes_the_consent_back_leaves_no_waiting_fact(world):
    await world.consent(at=datetime.now(UTC) - timedelta(hours=1))
    await world.withdraw()
    await world.project(world.event())
    await world.withdraw()
    assert await world.sql("select 1 from early_fact") == []


@pytest.mark.req("PAR-03", "PAR-05")
async def test_an_agreement_and_a_fact_at_once_do_not_pass_unseen(world):
    await world.subscribe("pull")
    agreed_at = datetime.now(UTC)
    event = Envelope.of(world.event(), version=1)

    async def agreement_waits():
        return await world.sql(
            "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )

    async with world.db.write() as session:
        await project_event(
            session,
            event,
            cipher=world.runtime.extras["cipher"],
            public_url=world.runtime.settings.public_url,
            now=datetime.now(UTC),
        )
        agreeing = asyncio.create_task(world.consent(at=agreed_at))
        await wait.until(agreement_waits)
    await agreeing
    assert len((await world.feed())["events"]) == 1


@pytest.mark.req("PAR-05")
@pytest.mark.failure("CONSENT-WITHDRAWN")
async def test_a_withdrawal_empties_what_is_being_logged_at_its_moment(world):
    await world.consent()
    await world.subscribe("pull")
    event = Envelope.of(world.event(), version=1)

    async def withdrawal_waits():
        return await world.sql(
            "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )

    async with world.db.write() as session:
        logged = await project_event(
            session,
            event,
            cipher=world.runtime.extras["cipher"],
            public_url=world.runtime.settings.public_url,
            now=datetime.now(UTC),
        )
        withdrawing = asyncio.create_task(world.withdraw())
        await wait.until(withdrawal_waits)
    await withdrawing
    assert logged == 1
    (row,) = await world.sql("select body from partner_event")
    assert row.body is None


async def test_older_answer_about_consent_does_not_win(world):
    await world.subscribe("pull")
    now = datetime.now(UTC)
    await world.withdraw(at=now)
    await world.consent(at=now - timedelta(hours=1))
    await world.project(world.event())
    assert (await world.feed())["events"] == []


async def test_draft_is_nobodys_business(world):
    from nmo_notifications.partners.rules import project

    assert (
        project("applications.application.drafted.v1", world.event(ApplicationDraftedV1).model_dump()) is None
    )


@pytest.mark.req("PAR-01")
async def test_filters(world):
    await world.consent()
    await world.subscribe(
        "pull", filter={"organization_ids": [str(world.organization_id)]}, types=[STATUS_CHANGED, CREDIT]
    )
    await world.project(world.event(organization_id=uuid4()))
    await world.project(credit(world))
    wanted = world.event(ApplicationEnrolledV1)
    await world.project(wanted)
    (event,) = (await world.feed())["events"]
    assert event["data"]["application_id"] == str(wanted.application_id)


@pytest.mark.req("PAR-03")
async def test_log_has_no_gaps_and_keeps_order_under_load(world):
    await world.consent()
    await world.subscribe("pull")
    await asyncio.gather(*(world.project(world.event()) for _ in range(30)))
    rows = await world.sql("select seq from partner_event order by seq")
    assert [row.seq for row in rows] == list(range(1, 31))
    seen, cursor = [], None
    while True:
        page = await world.feed(limit=7, **({"after": cursor} if cursor else {}))
        if not page["events"]:
            break
        seen += [event["id"] for event in page["events"]]
        cursor = page["next"]
    assert len(set(seen)) == 30


async def test_same_internal_event_is_logged_once(world):
    from nmo_kit.ids import uuid7

    await world.consent()
    await world.subscribe("pull")
    event, event_id = world.event(), uuid7()
    await world.project(event, event_id=event_id)
    await world.project(event, event_id=event_id)
    assert len((await world.feed())["events"]) == 1


@pytest.mark.req("PAR-02")
async def test_feed_waits_for_the_first_event(world):
    await world.consent()
    await world.subscribe("pull")
    waiting = asyncio.create_task(world.feed(wait=10))
    await asyncio.sleep(0)
    await world.project(world.event())
    assert len((await asyncio.wait_for(waiting, 8))["events"]) == 1
    empty = await world.feed(after=(await world.feed())["next"], wait=1)
    assert empty["events"] == []


async def test_subscriptions_are_listed_and_deleted(world):
    made = await world.subscribe("webhook")
    assert made["secret"].startswith("whsec_")
    listed = (await world.http.get(SUBSCRIPTIONS, headers=world.partner)).json()
    assert [item["subscription_id"] for item in listed["items"]] == [made["subscription_id"]]
    assert made["secret"] not in str(listed)
    (row,) = await world.sql("select secret from subscription")
    assert made["secret"].encode() not in bytes(row.secret)
    path = f"{SUBSCRIPTIONS}/{made['subscription_id']}"
    assert (await world.http.delete(path, headers=world.partner)).status_code == 204
    assert (await world.http.delete(path, headers=world.partner)).status_code == 404
    assert (await world.http.get(SUBSCRIPTIONS, headers=world.partner)).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"types": ["applications.application.confirmed.v1"], "way": "pull"}, "/types"),
        ({"types": [], "way": "pull"}, "/types"),
        ({"types": [STATUS_CHANGED], "way": "pigeon"}, "/way"),
        ({"types": [STATUS_CHANGED], "way": "webhook"}, "/"),
        ({"types": [STATUS_CHANGED], "way": "pull", "url": "https://x.example"}, "/"),
        ({"types": [STATUS_CHANGED], "way": "webhook", "url": "http://partner.example/x"}, "/url"),
        ({"types": [STATUS_CHANGED], "way": "webhook", "url": "https://10.0.0.1/x"}, "/url"),
        ({"types": [STATUS_CHANGED], "way": "webhook", "url": "https://a:b@partner.example/"}, "/url"),
    ],
)
async def test_unfit_subscriptions_are_refused(world, body, pointer):
    answer = await world.http.post(SUBSCRIPTIONS, json=body, headers=world.partner)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


@pytest.mark.req("PAR-06")
async def test_other_partners_find_nothing(world):
    await world.consent()
    made = await world.subscribe("pull")
    await world.project(world.event())
    (event,) = (await world.feed())["events"]
    other = world.partner_headers("partner-two")
    path = f"{SUBSCRIPTIONS}/{made['subscription_id']}"
    assert (await world.http.get("/api/v1/partner/events", headers=other)).json()["events"] == []
    assert (await world.http.get(f"/api/v1/partner/events/{event['id']}", headers=other)).status_code == 404
    assert (await world.http.get(f"{path}/deliveries", headers=other)).status_code == 404
    assert (await world.http.delete(path, headers=other)).status_code == 404
    assert (await world.http.post(f"{path}/test", headers=other)).status_code == 404
    replayed = await world.http.post(f"{path}/replay", json={"from": "2026-01-01T00:00:00Z"}, headers=other)
    assert replayed.status_code == 404


async def test_people_are_no_partners(world):
    assert (await world.http.get(SUBSCRIPTIONS, headers=world.person)).status_code == 403
    assert (await world.http.get(SUBSCRIPTIONS)).status_code == 401


@pytest.mark.req("PAR-03")
async def test_ping_reaches_the_feed(world):
    made = await world.subscribe("pull")
    answer = await world.http.post(f"{SUBSCRIPTIONS}/{made['subscription_id']}/test", headers=world.partner)
    (event,) = (await world.feed())["events"]
    assert (event["id"], event["type"]) == (answer.json()["event_id"], "ru.nmo.partner.platform.ping.v1")


async def test_cursor_that_is_none_of_ours(world):
    for bad in ("x", "eyJzZXEiOi0xfQ", "eyJzZXEiOiJhIn0"):
        answer = await world.http.get("/api/v1/partner/events", params={"after": bad}, headers=world.partner)
        assert answer.status_code == 422
