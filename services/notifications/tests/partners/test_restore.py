"""A restore from a backup: no place and no id twice, partners told to replay."""

from urllib.parse import urlsplit

import asyncpg
import pytest

from nmo_kit.ids import uuid7
from nmo_kit.messaging.envelope import parse
from nmo_notifications.app import build
from nmo_testkit import drain_outbox

RESTORED = "ru.nmo.partner.platform.restored.v1"


class Backup:
    """A copy of the whole database, made and put back by the server."""

    def __init__(self, world, admin_url):
        self._world, self._admin_url = world, admin_url
        self._name = urlsplit(world.db.engines[0].url.render_as_string()).path[1:]

    async def make(self):
        await self._copy(self._name, f"{self._name}_backup")

    async def restore(self):
        await self._copy(f"{self._name}_backup", self._name)
        await self._run(f'drop database "{self._name}_backup"')

    async def _copy(self, source, target):
        await self._world.hub.stop()
        await self._world.db.close()
        await self._run(f'drop database if exists "{target}" with (force)')
        await self._run("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", source)
        await self._run(f'create database "{target}" template "{source}"')

    async def _run(self, statement, *values):
        admin = await asyncpg.connect(self._admin_url)
        try:
            await admin.execute(statement, *values)
        finally:
            await admin.close()


@pytest.mark.req("PAR-03")
@pytest.mark.failure("RESTORE")
async def test_after_a_restore_no_place_and_no_id_is_used_twice(world, postgres_admin, capsys):
    backup = Backup(world, postgres_admin)
    await world.consent()
    await world.subscribe("pull")
    await world.subscribe("webhook")
    early, late = world.event(), world.event()
    early_id, late_id = uuid7(), uuid7()
    await world.project(early, event_id=early_id)
    await backup.make()
    # After the backup: more events, delivered to the partner and then forgotten.
    await world.project(late, event_id=late_id)
    lost = [await world.project(world.event()) for _ in range(3)]
    before = await world.feed()
    assert len(before["events"]) == 2 + len(lost)
    await backup.restore()

    await build().commands["after-restore"](world.runtime, [])
    assert "2 subscriptions" in capsys.readouterr().out
    # What came before the backup is known to the inbox that came back with it; what came later is told again.
    await world.project(early, event_id=early_id)
    await world.project(late, event_id=late_id)
    fresh = await world.project(world.event())
    after = (await world.feed(after=before["next"]))["events"]
    assert [event["type"] for event in after].count(RESTORED) == 2
    known = {event["id"]: event for event in before["events"]}
    again = [event for event in after if event["id"] in known]
    assert [event["data"] for event in again] == [known[again[0]["id"]]["data"]], "same id, same fact"
    assert len(after) == 2 + 2, "the notice twice, the repeated event, the new one"
    assert fresh not in lost
    places = [row.seq for row in await world.sql("select seq from partner_event order by seq")]
    assert len(places) == len(set(places)) == 5
    assert not set(places[1:]) & set(range(2, 7)), "places given after the backup stay unused"
    restored = next(event for event in after if event["type"] == RESTORED)
    (moment,) = await world.sql("select at from partner_event where seq = 1")
    assert restored["data"]["complete_until"] == moment.at.isoformat().replace("+00:00", "Z")
    # The webhook is told, too.
    await world.dispatch()
    await world.dispatch()
    told = [parse(body) for _, body in world.receiver.got]
    assert RESTORED in {event.type for event in told}


@pytest.mark.failure("RESTORE")
async def test_events_that_waited_in_the_backup_are_published_under_their_own_ids(world, postgres_admin):
    """Published after the backup was made, waiting again in what is restored: duplicates for the inboxes, no loss."""
    backup = Backup(world, postgres_admin)
    await world.consent()
    await world.subscribe("webhook")
    await world.sql("update subscription set failing_since = now() - interval '6 days'")
    world.receiver.answers = [_refusal()]
    await world.project(world.event())
    await world.dispatch()
    await backup.make()
    (published,) = await drain_outbox(world.db)
    await backup.restore()
    (again,) = await drain_outbox(world.db)
    assert (again.id, again.data) == (published.id, published.data)


def _refusal():
    from aiohttp import web

    return web.Response(status=500)
