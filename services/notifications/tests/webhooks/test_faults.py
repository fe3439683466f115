"""A partner's endpoint in every kind of trouble: nobody else suffers, nothing is lost, nothing goes elsewhere."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError
from structlog.testing import capture_logs

from nmo_notifications.webhooks import dispatcher as dispatching
from nmo_notifications.webhooks.dispatcher import PER_PARTNER, WebhookDispatcher
from nmo_notifications.webhooks.rules import BREAKER_LEAST, BREAKER_REST_S, Breaker
from nmo_testkit import wait

SUBSCRIPTIONS = "/api/v1/partner/subscriptions"


async def due_now(world):
    await world.sql("update webhook_delivery set next_attempt_at = now() - interval '1 second'")


async def states(world):
    return [
        tuple(row) for row in await world.sql("select state, attempts from webhook_delivery order by seq")
    ]


async def post(world, made, action, **body):
    path = f"{SUBSCRIPTIONS}/{made['subscription_id']}/{action}"
    return await world.http.post(path, json=body, headers=world.partner)


@pytest.fixture
async def ready(world):
    """A webhook subscription and one event on its way."""
    await world.consent()
    made = await world.subscribe("webhook")
    await world.project(world.event())
    return made


@pytest.mark.failure("PARTNER-SLOW")
async def test_a_slow_partner_fills_its_own_places_and_nobody_elses(world):
    await world.consent()
    await world.subscribe("webhook")
    for _ in range(PER_PARTNER * 3):
        await world.project(world.event())
    world.receiver.open.clear()
    await world.dispatcher.dispatch_due()

    async def full():
        return world.receiver.now == PER_PARTNER

    await wait.until(full)
    other = await world.subscribe("webhook", client_id="partner-other", url=world.other.url)
    event = world.event()
    await world.project(event)
    await world.dispatcher.dispatch_due()

    async def told():
        query = "select state from webhook_delivery where subscription_id = :id"
        return [tuple(row) for row in await world.sql(query, id=other["subscription_id"])] == [("delivered",)]

    await wait.until(told)
    assert world.receiver.now == PER_PARTNER, "the slow one is still holding its places"
    world.receiver.open.set()
    while {("pending", 0)} & set(await states(world)):
        await world.dispatcher.dispatch_due()
        await asyncio.sleep(0)
    await world.dispatcher.settled()
    assert world.receiver.most == PER_PARTNER, "never more than its own places"
    assert set(await states(world)) == {("delivered", 1)}


async def too_late(request):
    await asyncio.sleep(0.6)
    return web.Response(status=200)


async def cut(request):
    request.transport.abort()
    return web.Response()


@pytest.mark.failure("PARTNER-SLOW", "ANSWER-TOO-LATE")
@pytest.mark.parametrize("trouble", [too_late, cut])
async def test_without_an_answer_in_time_the_same_event_comes_again(world, ready, monkeypatch, trouble):
    monkeypatch.setattr(dispatching, "TIMEOUT_S", 0.3)
    world.receiver.answers = [trouble]
    await world.dispatch()
    assert await states(world) == [("pending", 1)]
    monkeypatch.setattr(dispatching, "TIMEOUT_S", 15.0)
    await due_now(world)
    await world.dispatch()
    (first, second) = world.receiver.got
    assert (first[0]["webhook-id"], first[1]) == (second[0]["webhook-id"], second[1])
    assert await states(world) == [("delivered", 2)]


async def huge(request):
    answer = web.StreamResponse(status=200)
    await answer.prepare(request)
    try:
        for _ in range(4096):
            await answer.write(b"x" * 65536)
    except ConnectionError:
        return answer
    raise AssertionError("all of it was read")


@pytest.mark.failure("PARTNER-SLOW")
async def test_a_huge_answer_is_not_read(world, ready):
    world.receiver.answers = [huge]
    await asyncio.wait_for(world.dispatch(), 10)
    assert await states(world) == [("delivered", 1)]


@pytest.mark.failure("PARTNER-4XX")
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_refusal_is_tried_again_and_the_second_one_is_reported_where_people_must_act(
    world, ready, status
):
    errors = []
    for _ in range(2):
        world.receiver.answers = [web.Response(status=status)]
        with capture_logs() as logs:
            await due_now(world)
            await world.dispatch()
        errors.append([entry["event"] for entry in logs if entry["log_level"] == "error"])
    assert errors == [[], ["webhook_refused"] if status in {401, 403, 404} else []]
    assert await states(world) == [("pending", 2)]
    await due_now(world)
    await world.dispatch()
    assert await states(world) == [("delivered", 3)]


@pytest.mark.failure("PARTNER-THROTTLES")
@pytest.mark.parametrize("status", [429, 502, 504])
async def test_a_throttling_partner_is_obeyed_up_to_an_hour(world, ready, status):
    world.receiver.answers = [web.Response(status=status, headers={"Retry-After": "99999"})]
    await world.dispatch()
    (row,) = await world.sql(
        "select extract(epoch from next_attempt_at - app_now()) as wait from webhook_delivery"
    )
    assert 3500 < row.wait <= 3600
    await world.dispatch()
    assert len(world.receiver.got) == 1


@pytest.mark.failure("PARTNER-5XX")
async def test_an_endpoint_that_only_fails_rests_and_loses_nothing(world, monkeypatch):
    await world.consent()
    await world.subscribe("webhook")
    for _ in range(BREAKER_LEAST * 2):
        await world.project(world.event())
    world.receiver.answers = [web.Response(status=500) for _ in range(BREAKER_LEAST * 2)]
    for _ in range(5):
        await world.dispatch()
    tried = len(world.receiver.got)
    assert BREAKER_LEAST <= tried < BREAKER_LEAST + PER_PARTNER, "then it rests"
    assert sum(attempts for _, attempts in await states(world)) == tried, "what waits keeps its attempts"
    world.receiver.answers = []
    rested = WebhookDispatcher(world.db, world.runtime.extras["cipher"], allow_loopback=True)
    await due_now(world)
    for _ in range(6):
        await rested.dispatch_due()
        await rested.settled()
    assert {state for state, _ in await states(world)} == {"delivered"}


@pytest.mark.failure("PARTNER-5XX")
def test_after_its_rest_one_failure_is_enough_and_one_success_clears_it():
    breaker, now = Breaker(), 1000.0
    opened = [breaker.note(ok=False, now=now) for _ in range(BREAKER_LEAST)]
    assert opened == [False] * (BREAKER_LEAST - 1) + [True]
    assert breaker.rests(now + BREAKER_REST_S - 1)
    now += BREAKER_REST_S
    assert not breaker.rests(now)
    assert breaker.note(ok=False, now=now), "the trial failed"
    now += BREAKER_REST_S
    assert not breaker.note(ok=True, now=now)
    assert not breaker.note(ok=False, now=now + 1)


@pytest.mark.failure("PARTNER-5XX")
def test_sporadic_failures_never_make_it_rest():
    breaker = Breaker()
    assert not any(breaker.note(ok=number % 3 > 0, now=float(number)) for number in range(300))
    slow = Breaker()
    assert not any(slow.note(ok=False, now=number * 40.0) for number in range(50)), (
        "fewer than ten in the window"
    )


@pytest.mark.failure("PRIVATE-TARGET")
async def test_a_name_that_turned_private_is_refused_at_connecting(world, monkeypatch):
    """The name was public when the partner subscribed; at sending it leads home."""
    await world.consent()
    made = await world.subscribe("webhook", url="https://partner.example/hook")
    await world.project(world.event())
    loop, asked = asyncio.get_running_loop(), []
    real = loop.getaddrinfo

    async def rebound(host, port, **options):
        if host != "partner.example":
            return await real(host, port, **options)
        asked.append(host)
        # One public answer beside the private one does not help.
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("93.184.216.34", "10.0.0.5")
        ]

    monkeypatch.setattr(loop, "getaddrinfo", rebound)
    with capture_logs() as logs:
        await world.dispatch()
    assert asked == ["partner.example"], "looked up once"
    assert "webhook_paused" in [entry["event"] for entry in logs if entry["log_level"] == "error"]
    listed = (await world.http.get(SUBSCRIPTIONS, headers=world.partner)).json()["items"]
    assert [(item["subscription_id"], item["state"]) for item in listed] == [
        (made["subscription_id"], "paused")
    ]
    (row,) = await world.sql(
        "select result, reason from journal where action = 'notifications.subscription.pause'"
    )
    assert row.result == "refused"
    await due_now(world)
    await world.dispatch()
    assert asked == ["partner.example"], "a paused endpoint is not tried"


@pytest.mark.failure("CLOCK-SKEW")
async def test_each_attempt_is_stamped_anew_and_old_stamps_are_refused(world, ready):
    world.receiver.answers = [web.Response(status=500)]
    await world.dispatch()
    await world.sql("update partner_event set at = at - interval '2 days'")
    await due_now(world)
    await world.dispatch()
    headers, body = world.receiver.got[-1]
    assert Webhook(ready["secret"]).verify(body, headers)
    for minutes in (-6, 6):
        moment = datetime.now(UTC) + timedelta(minutes=minutes)
        signature = Webhook(ready["secret"]).sign(headers["webhook-id"], moment, body.decode())
        stamp = str(int(moment.timestamp()))
        with pytest.raises(WebhookVerificationError):
            Webhook(ready["secret"]).verify(
                body, headers | {"webhook-timestamp": stamp, "webhook-signature": signature}
            )


def verified(secret, message):
    headers, body = message
    try:
        return bool(Webhook(secret).verify(body, headers))
    except WebhookVerificationError:
        return False


@pytest.mark.req("PAR-02")
@pytest.mark.failure("KEY-LEAKED")
async def test_a_leaked_secret_ends_at_once_and_what_it_signed_can_be_had_again(world, ready):
    await world.dispatch()
    answer = await post(world, ready, "rotate-secret", overlap_s=0)
    new = answer.json()["secret"]
    assert answer.status_code == 200
    assert new != ready["secret"]
    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    assert (await post(world, ready, "replay", **{"from": since})).json()["deliveries"] == 1
    await world.dispatch()
    first, again = world.receiver.got
    assert [verified(ready["secret"], first), verified(ready["secret"], again)] == [True, False]
    assert verified(new, again)
    assert first[0]["webhook-id"] == again[0]["webhook-id"]
    (row,) = await world.sql("select previous_secret, secret from subscription")
    assert row.previous_secret is None
    assert new.encode() not in bytes(row.secret)


@pytest.mark.req("PAR-02")
@pytest.mark.failure("KEY-LEAKED")
async def test_during_the_overlap_both_secrets_verify_and_then_the_new_one_alone(world, ready):
    new = (await post(world, ready, "rotate-secret")).json()["secret"]
    await world.dispatch()
    assert [verified(secret, world.receiver.got[0]) for secret in (ready["secret"], new)] == [True, True]
    await world.sql("update subscription set previous_until = now() - interval '1 second'")
    await world.project(world.event())
    await world.dispatch()
    assert [verified(secret, world.receiver.got[1]) for secret in (ready["secret"], new)] == [False, True]
    assert (await post(world, ready, "rotate-secret", overlap_s=8 * 24 * 3600)).status_code == 422
    pull = await world.subscribe("pull")
    refused = await post(world, pull, "rotate-secret")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_secret")


@pytest.mark.req("PAR-03")
@pytest.mark.failure("ANSWER-TOO-LATE")
async def test_a_process_that_dies_between_answer_and_note_sends_the_same_again(world, ready):
    world.receiver.open.clear()
    await world.dispatcher.dispatch_due()

    async def held():
        return world.receiver.now == 1

    await wait.until(held)
    await world.dispatcher.close()
    world.receiver.open.set()
    heir = WebhookDispatcher(world.db, world.runtime.extras["cipher"], allow_loopback=True)
    await heir.dispatch_due()
    await heir.settled()
    assert len(world.receiver.got) == 1, "the lease of the dead one still holds"
    await world.sql("update webhook_delivery set lease_until = now() - interval '1 second'")
    await heir.dispatch_due()
    await heir.settled()
    assert len({headers["webhook-id"] for headers, _ in world.receiver.got}) == 1
    assert len(world.receiver.got) == 2
    assert await states(world) == [("delivered", 1)]
