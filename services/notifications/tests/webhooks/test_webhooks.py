"""Webhooks against a real receiver that verifies by the stock library."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from nmo_notifications.webhooks.dispatcher import WebhookDispatcher
from nmo_testkit import drain_outbox

SUBSCRIPTIONS = "/api/v1/partner/subscriptions"


async def due_now(world):
    await world.sql("update webhook_delivery set next_attempt_at = now() - interval '1 second'")


async def deliveries(world, made):
    path = f"{SUBSCRIPTIONS}/{made['subscription_id']}/deliveries"
    return (await world.http.get(path, headers=world.partner)).json()["items"]


@pytest.mark.req("PAR-02", "PAR-03")
async def test_signed_event_arrives(world):
    await world.consent()
    made = await world.subscribe("webhook")
    event = world.event()
    await world.project(event)
    await world.dispatch()
    ((headers, body),) = world.receiver.got
    verified = Webhook(made["secret"]).verify(body, headers)
    assert verified["data"]["application_id"] == str(event.application_id)
    assert headers["webhook-id"] == verified["id"]
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(body.replace(b"confirmed", b"completed"), headers)
    (item,) = await deliveries(world, made)
    assert (item["state"], item["attempts"], item["last_attempt"]["status"]) == ("delivered", 1, 204)
    await world.dispatch()
    assert len(world.receiver.got) == 1


@pytest.mark.req("PAR-03")
@pytest.mark.failure("PARTNER-5XX")
async def test_failure_is_tried_again_with_the_same_id_and_bytes(world):
    await world.consent()
    made = await world.subscribe("webhook")
    world.receiver.answers = [web.Response(status=500)]
    await world.project(world.event())
    await world.dispatch()
    await world.dispatch()
    assert len(world.receiver.got) == 1, "the pause is kept"
    (item,) = await deliveries(world, made)
    assert (item["state"], item["last_attempt"]["status"]) == ("pending", 500)
    await due_now(world)
    await world.dispatch()
    (first, second) = world.receiver.got
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert first[1] == second[1]
    assert (await deliveries(world, made))[0]["state"] == "delivered"


@pytest.mark.req("PAR-03")
async def test_events_of_a_subject_keep_their_order(world):
    await world.consent()
    await world.subscribe("webhook")
    first = world.event(number="NMO-0000001-2026")
    await world.project(first)
    second = world.event(number="NMO-0000002-2026", application_id=first.application_id)
    await world.project(second)
    other = world.event(number="NMO-0000003-2026")
    await world.project(other)
    world.receiver.answers = [web.Response(status=503)]
    await world.dispatch()
    seen = [json.loads(body)["data"]["number"][4:11] for _, body in world.receiver.got]
    assert "0000002" not in seen, "waits for the earlier event of its subject"
    assert sorted(seen) == ["0000001", "0000003"]
    await due_now(world)
    await world.dispatch()
    await world.dispatch()
    seen = [json.loads(body)["data"]["number"][4:11] for _, body in world.receiver.got]
    assert seen.index("0000002") > 1
    await world.sql("update webhook_delivery set state = 'pending', attempts = 5 where seq = 1")
    await world.sql("update webhook_delivery set state = 'pending', attempts = 0 where seq = 2")
    world.receiver.got.clear()
    await due_now(world)
    await world.sql("update webhook_delivery set next_attempt_at = now() + interval '1 hour' where seq = 1")
    await world.dispatch()
    seen = [json.loads(body)["data"]["number"][4:11] for _, body in world.receiver.got]
    assert "0000002" in seen, "after five failures of the earlier one it overtakes"


@pytest.mark.failure("PARTNER-3XX")
async def test_redirect_is_a_failure_and_is_not_followed(world):
    await world.consent()
    made = await world.subscribe("webhook")
    world.receiver.answers = [web.Response(status=302, headers={"Location": world.receiver.url})]
    await world.project(world.event())
    await world.dispatch()
    assert len(world.receiver.got) == 1
    assert (await deliveries(world, made))[0]["state"] == "pending"


@pytest.mark.failure("PARTNER-410")
async def test_gone_pauses_at_once_and_resuming_sends_what_waited(world):
    await world.consent()
    made = await world.subscribe("webhook")
    world.receiver.answers = [web.Response(status=410)]
    await world.project(world.event())
    await world.dispatch()
    listed = (await world.http.get(SUBSCRIPTIONS, headers=world.partner)).json()["items"]
    assert listed[0]["state"] == "paused"
    (told,) = await drain_outbox(world.db)
    assert told.type_name == "notifications.subscription.disabled.v1"
    await world.project(world.event())
    await due_now(world)
    await world.dispatch()
    assert len(world.receiver.got) == 1, "a paused endpoint is left alone, its log grows"
    path = f"{SUBSCRIPTIONS}/{made['subscription_id']}/resume"
    assert (await world.http.post(path, headers=world.partner)).status_code == 204
    await world.dispatch()
    assert len(world.receiver.got) == 3


@pytest.mark.failure("PARTNER-5XX")
async def test_endpoint_that_fails_for_days_is_paused(world):
    await world.consent()
    await world.subscribe("webhook")
    world.receiver.answers = [web.Response(status=500)]
    await world.project(world.event())
    await world.sql("update subscription set failing_since = now() - interval '6 days'")
    await world.dispatch()
    (row,) = await world.sql("select state, paused_reason from subscription")
    assert tuple(row) == ("paused", "failing_for_days")


@pytest.mark.failure("PRIVATE-TARGET")
async def test_inner_address_is_never_called(world):
    await world.consent()
    made = await world.subscribe("webhook")
    await world.project(world.event())
    guarded = WebhookDispatcher(world.db, world.runtime.extras["cipher"], allow_loopback=False)
    await guarded.dispatch_due()
    await guarded.settled()
    assert world.receiver.got == []
    (row,) = await world.sql("select state from subscription")
    assert row.state == "paused"
    assert (await deliveries(world, made))[0]["last_attempt"]["result"].startswith("address_")


@pytest.mark.failure("PARTNER-SLOW")
async def test_nobody_listening_is_tried_again(world):
    await world.consent()
    made = await world.subscribe("webhook", url="http://127.0.0.1:1/hook")
    await world.project(world.event())
    await world.dispatch()
    (item,) = await deliveries(world, made)
    assert (item["state"], item["attempts"], item["last_attempt"]["status"]) == ("pending", 1, None)


@pytest.mark.req("PAR-05")
@pytest.mark.failure("CONSENT-WITHDRAWN")
async def test_withdrawn_consent_stops_what_waits(world):
    await world.consent()
    made = await world.subscribe("webhook")
    await world.project(world.event())
    await world.withdraw()
    await world.dispatch()
    assert world.receiver.got == []
    assert (await deliveries(world, made))[0]["state"] == "withdrawn"


@pytest.mark.req("PAR-05")
@pytest.mark.failure("CONSENT-WITHDRAWN")
async def test_consent_is_asked_again_before_sending(world):
    await world.consent()
    made = await world.subscribe("webhook")
    await world.project(world.event())
    await world.sql("update identity_consent_copy set granted = false")
    await world.dispatch()
    assert world.receiver.got == []
    assert (await deliveries(world, made))[0]["state"] == "withdrawn"


@pytest.mark.req("PAR-03")
async def test_replay_and_ping(world):
    await world.consent()
    made = await world.subscribe("webhook")
    path = f"{SUBSCRIPTIONS}/{made['subscription_id']}"
    for _ in range(3):
        await world.project(world.event())
    await world.dispatch()
    await world.dispatch()
    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    answer = await world.http.post(f"{path}/replay", json={"from": since}, headers=world.partner)
    assert answer.json()["deliveries"] == 3
    await world.dispatch()
    ids = [headers["webhook-id"] for headers, _ in world.receiver.got]
    assert sorted(ids[:3]) == sorted(ids[3:])
    ping = await world.http.post(f"{path}/test", headers=world.partner)
    await world.dispatch()
    assert world.receiver.got[-1][0]["webhook-id"] == ping.json()["event_id"]


async def test_deliveries_are_paged(world):
    await world.consent()
    made = await world.subscribe("webhook")
    for _ in range(5):
        await world.project(world.event())
    path, seen, cursor = f"{SUBSCRIPTIONS}/{made['subscription_id']}/deliveries", [], None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await world.http.get(path, params=params, headers=world.partner)).json()
        seen += [item["event_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(set(seen)) == 5
