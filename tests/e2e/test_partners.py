"""A partner's own stock clients receive events by queue, webhook and feed, and can do nothing else (PAR-01, 02, 05, 06)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aio_pika
import aiohttp
import pytest
import pytest_asyncio
from aiormq.exceptions import AMQPError

from nmo_kit import clock
from tests.conftest import Portal
from tests.e2e import steps
from tests.e2e.conftest import Arrive
from tests.e2e.partner_system import PartnerSystem, register
from tests.e2e.people import Person, new_specialist
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
STATUSES = ["submitted", "confirmed", "enrolled", "completed"]


@pytest_asyncio.fixture(loop_scope="session")
async def partner(portal: Portal, arrive: Arrive) -> AsyncIterator[PartnerSystem]:
    """A partner subscribed in all three ways."""
    admin = await arrive("admin")
    await admin.enter()
    async with await register(portal, admin) as found:
        await found.sign_in()
        await found.subscribe("amqp")
        await found.subscribe("webhook", url=found.receiver_url)
        await found.subscribe("pull")
        yield found


async def journey(portal: Portal, arrive: Arrive, staff: Visitor) -> tuple[Person, Visitor, steps.Chosen]:
    """A specialist's way from sign-in to the ledger."""
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    await visitor.enter()
    cycle = await steps.open_cycle(visitor, portal, person)
    (element, *_) = await steps.search(visitor, portal, person)
    chosen = await steps.choose(visitor, cycle["cycle_id"], element)
    await steps.fill(visitor, chosen)
    await steps.submit(visitor, chosen)
    await steps.decide(staff, chosen)
    await steps.credited(visitor, chosen)
    return person, visitor, chosen


def about(events: list[dict[str, Any]], chosen: steps.Chosen) -> list[dict[str, Any]]:
    """Events of one person's application and cycle."""
    subjects = {f"application/{chosen.application_id}", f"cycle/{chosen.cycle_id}"}
    return [event for event in events if event["subject"] in subjects]


def statuses(events: list[dict[str, Any]], chosen: steps.Chosen) -> list[str]:
    """Statuses of the application in the order they came."""
    return [e["data"]["status"] for e in about(events, chosen) if e["subject"].startswith("application/")]


@pytest.mark.req("PAR-01", "PAR-02", "PAR-03", "PAR-05")
async def test_stock_clients_of_each_kind_receive_the_same(
    portal: Portal, arrive: Arrive, staff: Visitor, partner: PartnerSystem
) -> None:
    assert partner.calls + 1 <= 5, "registration, token, three subscriptions"
    person, visitor, chosen = await journey(portal, arrive, staff)
    me = await visitor.get("/api/v1/me")

    async def complete() -> list[dict[str, Any]] | None:
        found = about(await partner.whole_feed(limit=500), chosen)
        return found if len(found) >= 7 else None

    fed = await steps.wait(complete, "the feed's seven events")
    assert statuses(fed, chosen) == STATUSES
    assert sorted(e["type"] for e in fed if e["subject"].startswith("cycle/")) == [
        "ru.nmo.partner.credit.recorded.v1",
        "ru.nmo.partner.cycle.status_changed.v1",
        "ru.nmo.partner.cycle.status_changed.v1",
    ]
    for subject in {event["subject"] for event in fed}:
        versions = [event["subjectversion"] for event in fed if event["subject"] == subject]
        assert versions == sorted(versions), "ordered per subject"

    ids = {event["id"] for event in fed}
    taken = about(await partner.take(ids), chosen)
    assert {event["id"]: event for event in taken} == {event["id"]: event for event in fed}
    assert statuses(taken, chosen) == STATUSES

    async def called() -> bool | None:
        return True if ids <= {event["id"] for event in partner.arrived} else None

    await steps.wait(called, "the webhook's seven calls")
    assert statuses(partner.arrived, chosen) == STATUSES
    assert partner.refused == []

    told = json.dumps([*fed, *taken, *partner.arrived], ensure_ascii=False).lower()
    secrets_of_person = [
        person.snils, me["snils"], person.last_name, person.first_name, person.patronymic or "", person.email,
        me["person_id"], me["specialist_id"], person.birth_date.isoformat(), person.key,
    ]  # fmt: skip
    assert [value for value in secrets_of_person if value.lower() in told] == []


@pytest.mark.req("PAR-05")
async def test_pseudonym_is_one_per_person_and_partner(
    portal: Portal, arrive: Arrive, staff: Visitor, partner: PartnerSystem
) -> None:
    admin = await arrive("admin")
    await admin.enter()
    async with await register(portal, admin) as other:
        await other.sign_in()
        await other.subscribe("pull")
        _, _, first = await journey(portal, arrive, staff)
        _, _, second = await journey(portal, arrive, staff)

        async def both() -> tuple[list[dict[str, Any]], list[dict[str, Any]]] | None:
            ours, theirs = await partner.whole_feed(limit=500), await other.whole_feed(limit=500)
            enough = all(len(about(log, chosen)) >= 7 for log in (ours, theirs) for chosen in (first, second))
            return (ours, theirs) if enough else None

        ours, theirs = await steps.wait(both, "both feeds")
    names = [
        {event["data"]["specialist_id"] for event in about(log, chosen)}
        for log in (ours, theirs)
        for chosen in (first, second)
    ]
    assert [len(found) for found in names] == [1, 1, 1, 1]
    assert len(set.union(*names)) == 4, "two partners cannot put their knowledge together"


@pytest.mark.req("PAR-02", "PAR-03")
async def test_feed_has_no_gaps_and_nothing_twice(
    portal: Portal, arrive: Arrive, staff: Visitor, partner: PartnerSystem
) -> None:
    person = await new_specialist(portal)
    visitor = await arrive(person.key)
    await visitor.enter()
    _, start = await partner.feed(limit=1)
    waiting = asyncio.create_task(partner.feed(limit=10, after=start, wait=15))
    cycle = await steps.open_cycle(visitor, portal, person)
    events, _ = await waiting
    assert f"cycle/{cycle['cycle_id']}" in {event["subject"] for event in events}, "the long poll woke up"
    (element, *_) = await steps.search(visitor, portal, person)
    chosen = await steps.choose(visitor, cycle["cycle_id"], element)
    await steps.fill(visitor, chosen)
    await steps.submit(visitor, chosen)
    await steps.decide(staff, chosen)
    await steps.credited(visitor, chosen)

    async def settled() -> list[dict[str, Any]] | None:
        found = await partner.whole_feed(limit=500)
        return found if len(about(found, chosen)) >= 7 else None

    whole = await steps.wait(settled, "the feed's events")
    ids = [event["id"] for event in whole]
    assert len(ids) == len(set(ids))
    for limit in (1, 3):
        paged = await partner.whole_feed(limit=limit)
        assert [event["id"] for event in paged][: len(ids)] == ids
    one = about(whole, chosen)[0]
    status, body = await partner.ask("GET", f"/api/v1/partner/events/{one['id']}")
    assert (status, body) == (200, one)


@pytest.mark.req("PAR-03")
async def test_test_event_and_replay_come_with_their_own_ids(portal: Portal, partner: PartnerSystem) -> None:
    since = (clock.now() - timedelta(minutes=1)).isoformat()
    webhook = partner.subscriptions["webhook"]
    status, sent = await partner.ask("POST", f"/api/v1/partner/subscriptions/{webhook}/test")
    assert status == 202, sent

    def came() -> int:
        return sum(event["id"] == sent["event_id"] for event in partner.arrived)

    async def once() -> bool | None:
        return True if came() == 1 else None

    async def twice() -> bool | None:
        return True if came() == 2 else None

    await steps.wait(once, "the test event")
    status, replayed = await partner.ask(
        "POST", f"/api/v1/partner/subscriptions/{webhook}/replay", {"from": since}
    )
    assert status == 202, replayed
    await steps.wait(twice, "the test event again, under the same id")

    async def noted() -> bool | None:
        """The receiver has it before the sender has noted that."""
        status, log = await partner.ask("GET", f"/api/v1/partner/subscriptions/{webhook}/deliveries")
        assert status == 200
        states = {item["state"] for item in log["items"] if item["event_id"] == sent["event_id"]}
        assert states <= {"pending", "delivered"}
        return True if states == {"delivered"} else None

    await steps.wait(noted, "the log says that it arrived")


@pytest.mark.req("PAR-03")
@pytest.mark.failure("PARTNER-QUEUE")
async def test_every_way_replays_from_a_moment_in_the_middle_and_keeps_a_log(
    portal: Portal, partner: PartnerSystem
) -> None:
    """Two test events in each way; what came since a moment between them comes again, and nothing before it."""
    sent: dict[str, list[str]] = {}
    moments: dict[str, str] = {}
    for way, subscription in partner.subscriptions.items():
        for _ in range(2):
            moments[way] = clock.now().isoformat()
            status, made = await partner.ask("POST", f"/api/v1/partner/subscriptions/{subscription}/test")
            assert status == 202, made
            sent.setdefault(way, []).append(made["event_id"])
    taken = [event["id"] for event in await partner.take(set(sent["amqp"]))]
    assert [event_id for event_id in taken if event_id in sent["amqp"]] == sent["amqp"]

    async def called() -> bool | None:
        return True if set(sent["webhook"]) <= {event["id"] for event in partner.arrived} else None

    await steps.wait(called, "both test events by webhook")
    before = len(partner.arrived)
    replays = {
        way: await partner.ask(
            "POST", f"/api/v1/partner/subscriptions/{subscription}/replay", {"from": moments[way]}
        )
        for way, subscription in partner.subscriptions.items()
    }
    assert {status for status, _ in replays.values()} == {202}
    first, second = sent["amqp"]
    again = [event["id"] for event in await partner.take({second})]
    assert second in again
    assert first not in again

    async def called_again() -> bool | None:
        return True if len(partner.arrived) > before else None

    await steps.wait(called_again, "the second test event by webhook again")
    assert [event["id"] for event in partner.arrived[before:]] == [sent["webhook"][1]]
    events = await partner.whole_feed(limit=100, after=replays["pull"][1]["cursor"])
    assert sent["pull"][1] in {event["id"] for event in events}
    assert sent["pull"][0] not in {event["id"] for event in events}
    for way, subscription in partner.subscriptions.items():
        wanted = "available" if way == "pull" else "delivered"

        async def noted(
            way: str = way, subscription: str = subscription, wanted: str = wanted
        ) -> bool | None:
            _, log = await partner.ask("GET", f"/api/v1/partner/subscriptions/{subscription}/deliveries")
            states = {item["event_id"]: item["state"] for item in log["items"]}
            return True if [states.get(event_id) for event_id in sent[way]] == [wanted, wanted] else None

        await steps.wait(noted, f"the log of {way}")


@pytest.mark.req("PAR-02", "PAR-03")
@pytest.mark.failure("KEY-LEAKED")
async def test_a_secret_that_leaked_signs_nothing_more(portal: Portal, partner: PartnerSystem) -> None:
    subscription = partner.subscriptions["webhook"]
    status, made = await partner.ask(
        "POST", f"/api/v1/partner/subscriptions/{subscription}/rotate-secret", {"overlap_s": 0}
    )
    assert status == 200, made
    status, first = await partner.ask("POST", f"/api/v1/partner/subscriptions/{subscription}/test")
    assert status == 202

    async def refused() -> bool | None:
        return True if partner.refused else None

    await steps.wait(refused, "the receiver's refusal: it still believes in the old secret")
    assert first["event_id"] not in {event["id"] for event in partner.arrived}
    partner.trust(made["secret"])

    async def came() -> bool | None:
        return True if first["event_id"] in {event["id"] for event in partner.arrived} else None

    await steps.wait(came, "the same event, signed by the new secret")


@pytest.mark.req("SSO-05", "PAR-05")
@pytest.mark.failure("CONSENT-WITHDRAWN")
async def test_nothing_is_told_after_the_consent_is_withdrawn(
    portal: Portal, arrive: Arrive, staff: Visitor, partner: PartnerSystem
) -> None:
    _, visitor, chosen = await journey(portal, arrive, staff)

    async def told() -> bool | None:
        return True if len(about(await partner.whole_feed(limit=500), chosen)) >= 7 else None

    await steps.wait(told, "the feed's events")
    status, _ = await visitor.ask("DELETE", "/api/v1/me/consents")
    assert status == 204

    async def silent() -> bool | None:
        return True if not about(await partner.whole_feed(limit=500), chosen) else None

    await steps.wait(silent, "the emptied feed")
    before = len(partner.arrived)
    await staff.get(f"/api/v1/organization/applications/{chosen.application_id}")
    assert about(partner.arrived[before:], chosen) == []


@pytest.mark.req("PAR-06")
async def test_partner_may_read_its_own_queue_and_nothing_else(
    portal: Portal, arrive: Arrive, partner: PartnerSystem
) -> None:
    admin = await arrive("admin")
    await admin.enter()
    async with await register(portal, admin) as other:
        await other.sign_in()
        await other.subscribe("amqp")
        await _refused(partner, lambda channel: _consume(channel, other.queue["queue"]))
        await _refused(partner, lambda channel: channel.declare_queue("mine", durable=True))
        await _refused(partner, lambda channel: channel.declare_queue("", exclusive=True))
        await _refused(partner, lambda channel: channel.declare_exchange("mine"))
        await _refused(partner, lambda channel: _publish(channel, "", partner.queue["queue"]))
        await _refused(partner, lambda channel: _publish(channel, "", other.queue["queue"]))
        await _refused(partner, lambda channel: _purge(channel, other.queue["queue"]))
        await _refused(partner, lambda channel: channel.queue_delete(partner.queue["queue"]))
    for vhost in ("/core", "/%2F", "/other"):
        with pytest.raises((AMQPError, ConnectionError)):
            await partner.connect(vhost=vhost)


@pytest.mark.req("PAR-06")
async def test_partner_has_no_way_into_the_brokers_management(
    portal: Portal, http: aiohttp.ClientSession, partner: PartnerSystem
) -> None:
    management = portal.demo["broker"]["management"].rpartition("@")[2]
    sent = {"Authorization": aiohttp.encode_basic_auth(partner.queue["username"], partner.queue["password"])}
    for path in ("overview", "queues", "users", "definitions"):
        async with http.get(f"http://{management}/api/{path}", headers=sent) as answer:
            assert answer.status == 401, path


@pytest.mark.req("PAR-06")
async def test_partners_keep_out_of_each_others_subscriptions(
    portal: Portal, arrive: Arrive, partner: PartnerSystem
) -> None:
    admin = await arrive("admin")
    await admin.enter()
    async with await register(portal, admin) as other:
        await other.sign_in()
        foreign = partner.subscriptions["webhook"]
        for method, path, body in (
            ("GET", f"/api/v1/partner/subscriptions/{foreign}/deliveries", None),
            ("POST", f"/api/v1/partner/subscriptions/{foreign}/test", None),
            ("POST", f"/api/v1/partner/subscriptions/{foreign}/replay", {"from": clock.now().isoformat()}),
            ("POST", f"/api/v1/partner/subscriptions/{foreign}/resume", None),
            ("DELETE", f"/api/v1/partner/subscriptions/{foreign}", None),
        ):
            status, problem = await other.ask(method, path, body)
            assert (status, problem["code"]) == (404, "not_found"), path
        status, own = await other.ask("GET", "/api/v1/partner/subscriptions")
        assert (status, own["items"]) == (200, [])


async def _refused(partner: PartnerSystem, act: Any) -> None:
    """The broker closes the channel with ACCESS_REFUSED, or the connection."""
    connection = await partner.connect()
    async with connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        with pytest.raises((AMQPError, aio_pika.exceptions.DeliveryError, asyncio.CancelledError)) as refusal:
            await act(channel)
        assert "ACCESS_REFUSED" in str(refusal.value) or "403" in str(refusal.value)


async def _consume(channel: Any, queue: str) -> None:
    found = await channel.get_queue(queue, ensure=False)

    async def never(_message: Any) -> None:
        pytest.fail("a message of another partner came")

    await found.consume(never)


async def _publish(channel: Any, exchange: str, key: str) -> None:
    target = channel.default_exchange if not exchange else await channel.get_exchange(exchange, ensure=False)
    await target.publish(aio_pika.Message(b"{}"), routing_key=key, mandatory=True)


async def _purge(channel: Any, queue: str) -> None:
    await (await channel.get_queue(queue, ensure=False)).purge()
