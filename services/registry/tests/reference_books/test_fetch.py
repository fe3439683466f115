"""Reference books fetched from the real stand-in of НСИ, page by page (FRM-07)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from nmo_kit import failpoints
from nmo_kit.db import Database
from nmo_registry.reference_books import queries
from nmo_registry.reference_books.catalogue import SPECS
from nmo_registry.seed import seed
from nmo_testkit import drain_outbox, settings_for

SPECIALTIES = SPECS["specialties"].oid
REGIONS = SPECS["regions"].oid
PUBLISHED = "registry.dictionary.published.v1"


async def told(registry: Any) -> list[tuple[str, str, int]]:
    """(book, version, subjectversion) of every event about books, in order."""
    return [
        (event.data["book"], event.data["version"], event.subjectversion)
        for event in await drain_outbox(registry.db)
        if event.type_name == PUBLISHED
    ]


async def items(client: Any, path: str, **params: Any) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/dictionaries/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return {item["key"]: item for item in answer.json()["items"]}


async def rows_under_way(registry: Any) -> int:
    async with registry.db.read() as session:
        return int((await session.execute(text("select count(*) from book_load_row"))).scalar_one())


@pytest.mark.req("FRM-07")
async def test_every_book_is_fetched_whole_and_told_once(client: Any, registry: Any) -> None:
    await seed(registry.runtime, demo=False)
    carried = await items(client, "specialties")

    looks = await registry.books.look_at_all()
    again = [await registry.books.look(book, force=True) for book in SPECS]

    assert {look.state for look in looks} == {"published"}
    assert {look.state for look in again} == {"unchanged"}
    assert {look.state for look in await registry.books.look_at_all()} == {"waiting"}
    events = await told(registry)
    assert sorted(events[2:]) == sorted(
        (look.book, look.version, 2 if look.book in {"specialties", "regions"} else 1) for look in looks
    )
    fetched = await items(client, "specialties")
    assert {key: item["name"] for key, item in fetched.items()} == {
        key: item["name"] for key, item in carried.items()
    }
    assert (fetched["VO-027"]["code"], fetched["VO-027"]["attributes"]["level"]) == ("1027", "VO")
    assert (fetched["SPO-15"]["code"], fetched["SPO-15"]["attributes"]["level"]) == ("2015", "SPO")
    assert (fetched["VO-006"]["valid_from"], fetched["VO-006"]["valid_until"]) == ("2026-09-01", "2028-09-01")
    clinics = await items(client, "organizations")
    assert clinics["1.2.643.5.1.13.13.12.2.50.9031"]["attributes"] == {
        "short_name": "ООО «Клиника “Весна”»",
        "region_code": "50",
    }
    assert (await items(client, "identity_documents"))["12"][
        "name"
    ] == "Вид на жительство в Российской Федерации"
    assert await rows_under_way(registry) == 0

    await seed(registry.runtime, demo=False)
    versions = (await client.get("/api/v1/dictionaries/specialties/versions")).json()["items"]
    assert (versions[0]["version"], versions[0]["current"]) == ("5.1", True)
    assert versions[1]["source"] == "package"


@pytest.mark.req("FRM-07")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"nsi_bytes": True}, "page 1: encoding"),
        ({"nsi_garbled": 7}, "page 1: encoding"),
        ({"nsi_nameless": 7}, "page 1: missing_field: NAME of"),
        ({"nsi_twice": 7}, "page 1: duplicate"),
        ({"nsi_half_page": True}, "page 1: half_page: 20 of 40 rows"),
    ],
)
async def test_a_faulty_version_is_set_aside_with_its_reason(
    client: Any, registry: Any, upstream: Any, fault: dict[str, Any], reason: str
) -> None:
    await seed(registry.runtime, demo=False)
    await upstream.faults(**fault)
    try:
        look = await registry.books.look("specialties")
    finally:
        await upstream.faults()

    assert look.state == "set_aside"
    assert look.detail.startswith(reason)
    assert await rows_under_way(registry) == 0
    assert len(await told(registry)) == 2
    assert (await client.get("/api/v1/dictionaries/specialties")).json()["version"].startswith("2026-09-01+")

    waits = await registry.books.look("specialties")
    assert waits.state == "waiting"
    assert (await registry.books.look("specialties", force=True)).state == "published"


@pytest.mark.req("FRM-07")
async def test_a_version_that_shrank_waits_for_an_administrator(registry: Any, upstream: Any) -> None:
    await registry.books.look("regions")
    await upstream.publish_book(REGIONS, "6.6", drop=[f"{number:02d}" for number in range(1, 21)])

    look = await registry.books.look("regions", force=True)
    assert (look.state, look.detail) == ("set_aside", "shrank: 70 values in force instead of 90")
    assert [version for _, version, _ in await told(registry)][1:] == ["6.5"]

    accepted = await registry.books.look("regions", force=True, accept_smaller=True)
    assert (accepted.state, accepted.version) == ("published", "6.6")


@pytest.mark.req("FRM-07")
async def test_a_half_fetched_version_is_never_current_and_goes_on(
    client: Any, registry: Any, upstream: Any
) -> None:
    await upstream.faults(nsi_pages_lost=3)
    look = await registry.books.look("specialties")
    assert (look.state, look.detail) == ("unavailable", "status 503")
    assert (await client.get("/api/v1/dictionaries/specialties")).status_code == 404
    assert await rows_under_way(registry) == 80
    async with registry.db.read() as session:
        load = await queries.running_load(session, "specialties")
    assert (load.next_page, load.taken, load.total) == (3, 80, 155)

    await upstream.faults()
    failpoints.configure("db.before_commit:raise@2")
    with pytest.raises(failpoints.FailpointRaisedError):
        await registry.books.look("specialties", force=True)
    failpoints.configure("")
    both = await asyncio.gather(
        registry.books.look("specialties", force=True), registry.books.look("specialties", force=True)
    )
    assert sorted(look.state for look in both) in (["elsewhere", "published"], ["published", "unchanged"])
    assert (await told(registry))[1:] == [("specialties", "5.1", 2)]
    assert len(await items(client, "specialties")) == 153


@pytest.mark.req("FRM-07")
async def test_killed_while_fetching_and_started_again(databases: Any, upstream: Any, keys: Any) -> None:
    url = await databases.of("nmo_registry")
    environment = {
        **os.environ,
        "NMO_REGISTRY_ENVIRONMENT": "test",
        "NMO_REGISTRY_DATABASE_URL": url,
        "NMO_REGISTRY_FRMR_URL": upstream.url,
        "NMO_REGISTRY_FRMR_KEY_FILE": str(keys.frmr_key),
        "NMO_REGISTRY_FIELD_KEY_FILE": str(keys.field_key),
        "NMO_REGISTRY_INDEX_KEY_FILE": str(keys.index_key),
        "NMO_REGISTRY_BOOKS_PAGE_SIZE": "40",
    }

    async def run(failpoint: str) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "nmo_registry", "books", "fetch", "--book", "specialties",
            env={**environment, "NMO_FAILPOINT": failpoint},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return await asyncio.wait_for(process.wait(), 60)

    database = Database(settings_for(url))
    try:
        assert await run("db.before_commit:kill@3") == -signal.SIGKILL
        assert await run("db.after_commit:kill@4") == -signal.SIGKILL
        assert await run("") == 0
        assert [event.data["version"] for event in await drain_outbox(database)][1:] == ["5.1"]
        async with database.read() as session:
            book = await queries.find_version(session, "specialties")
            assert len(await queries.entries(session, book)) == 153
    finally:
        await database.close()
        await databases.drop(url)


@pytest.mark.req("FRM-07")
async def test_versions_are_append_only(registry: Any) -> None:
    await registry.books.look("regions")
    for statement in (
        "update book_entry set name = 'X' where key = '77'",
        "delete from book_entry where key = '77'",
        "update book set title = 'X'",
        "delete from book_code",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with registry.db.write() as session:
                await session.execute(text(statement))


@pytest.mark.req("FRM-07")
async def test_a_silent_service_is_asked_again_later(registry: Any, upstream: Any) -> None:
    for fault, detail in (({"down": True}, "status 503"), ({"broken_json": True}, "broken JSON")):
        await upstream.faults(**fault)
        look = await registry.books.look("regions", force=True)
        assert (look.state, look.detail) == ("unavailable", detail)
    assert (await registry.books.look("regions")).state == "waiting"
    await upstream.faults()
    refused = await registry.books.look("regions", "77.7", force=True)
    assert (refused.state, refused.detail) == ("unavailable", "refused with code 1")
    async with registry.db.read() as session:
        assert (await queries.states(session))["regions"].failures == 3
    assert (await registry.books.look("regions", force=True)).state == "published"
    async with registry.db.read() as session:
        assert (await queries.states(session))["regions"].failures == 0
