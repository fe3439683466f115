"""The live bell."""

import asyncio
import json

import pytest

from nmo_notifications.inbox.endpoints import _events
from nmo_testkit import wait


class Listener:
    """Reads a stream in the background."""

    def __init__(self, world, after=None):
        self.seen = []
        self._task = asyncio.create_task(self._read(world, after))

    async def _read(self, world, after):
        async for event in _events(world.hub, world.db, world.person_id, after):
            self.seen.append((event.event, json.loads(event.data)))

    def of(self, kind):
        return [data for name, data in self.seen if name == kind]

    async def until(self, predicate):
        async def holds():
            return predicate(self)

        await wait.until(holds, timeout_s=5)

    @property
    def ended(self):
        return self._task.done()

    async def close(self):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@pytest.mark.req("NOT-01")
async def test_new_message_and_count_arrive_live(world):
    listener = Listener(world)
    await listener.until(lambda found: found.of("unread") == [{"unread": 0}])
    await world.tell(world.event())
    await listener.until(lambda found: {"unread": 1} in found.of("unread"))
    assert listener.of("message")[0]["title"] == "Заявка NMO-0000042-2026 одобрена"
    await world.http.post("/api/v1/notifications/read", json={"all": True}, headers=world.person)
    await listener.until(lambda found: found.of("unread")[-1] == {"unread": 0})
    await listener.close()


async def test_what_was_missed_comes_first(world):
    await world.tell(world.event())
    (first,) = (await world.http.get("/api/v1/notifications", headers=world.person)).json()["items"]
    await world.tell(world.event(number="NMO-0000043-2026"))
    from uuid import UUID

    listener = Listener(world, UUID(first["message_id"]))
    await listener.until(lambda found: found.of("unread") != [])
    assert [item["title"] for item in listener.of("message")][:1] == ["Заявка NMO-0000043-2026 одобрена"]
    await listener.close()


async def test_two_streams_of_a_person_both_hear_and_strangers_do_not(world):
    from uuid import uuid4

    one, two = Listener(world), Listener(world)
    await one.until(lambda found: found.of("unread") != [])
    await two.until(lambda found: found.of("unread") != [])
    await world.tell(world.event(person_id=uuid4()))
    await world.tell(world.event(number="NMO-0000099-2026"))
    for listener in (one, two):
        await listener.until(lambda found: found.of("message") != [])
        assert [item["title"] for item in listener.of("message")] == ["Заявка NMO-0000099-2026 одобрена"]
        await listener.close()


async def test_stream_needs_a_person(world):
    assert (await world.http.get("/api/v1/notifications/stream")).status_code == 401


async def test_streams_end_when_the_process_stops(world):
    listener = Listener(world)
    await listener.until(lambda found: found.of("unread") != [])
    stopping = asyncio.Event()
    world.hub.end_with(stopping)
    stopping.set()

    async def ended():
        return listener.ended

    await wait.until(ended, timeout_s=5)
