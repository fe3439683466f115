"""What every service owes: models and schema agree, routes are gated, words are kept fresh."""

from nmo_catalog.app import build
from nmo_catalog.spelling.queries import words_are_stale
from nmo_catalog.spelling.tables import SearchWordState
from nmo_catalog.tables import METADATA
from nmo_catalog.worker import timers
from nmo_kit import migrate
from nmo_kit.app import Runtime


async def test_models_and_schema_agree(databases):
    url = await databases.of("nmo_catalog")
    try:
        assert await migrate.differences(url, METADATA) == []
    finally:
        await databases.drop(url)


async def test_the_worker_counts_words_after_a_publication(db, publish):
    class Settings:
        words_interval_s = 1.0

    (timer,) = timers(Runtime(settings=Settings(), db=db, tokens=None))
    await publish({})
    async with db.read() as session:
        assert await words_are_stale(session)
    await timer.run()
    async with db.read() as session:
        assert not await words_are_stale(session)
        first = (await session.get_one(SearchWordState, {"only_row": True})).counted_at
    await timer.run()
    async with db.read() as session:
        assert (await session.get_one(SearchWordState, {"only_row": True})).counted_at == first


def test_queues_take_what_becomes_of_applications_and_books():
    queue, books, witness = build().queues
    names = [one.name for one in (queue, books, witness)]
    assert names == ["catalog.applications", "catalog.registry", "catalog.witness"]
    assert books.keys == {"registry.dictionary.published.v1"}
    assert queue.keys == {
        f"applications.application.{verb}.v1"
        for verb in ("submitted", "rejected", "withdrawn", "deleted", "failed")
    }
