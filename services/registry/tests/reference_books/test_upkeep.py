"""Upkeep of the books by an administrator, and what everybody may look up (FRM-07)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from nmo_registry.reference_books.catalogue import SPECS
from nmo_registry.reference_books.metrics import SET_ASIDE
from nmo_registry.reference_books.queries import _SEARCH
from nmo_registry.worker import books, show_set_aside
from nmo_testkit import drain_outbox

BOOKS = "/internal/books"
SPECIALTIES = SPECS["specialties"].oid


@pytest.fixture
def admin(token_factory: Any) -> dict[str, str]:
    headers: dict[str, str] = token_factory.headers(aud="registry", roles=("person", "admin"))
    return headers


@pytest.mark.req("FRM-07")
async def test_pinned_versions_stand_side_by_side(
    client: Any, registry: Any, upstream: Any, admin: dict[str, str]
) -> None:
    fetched = await client.post(f"{BOOKS}/specialties/fetch", json={}, headers=admin)
    assert fetched.json() == {"book": "specialties", "state": "published", "version": "5.1", "detail": None}
    pin = {"version": "5.1", "reason": "Приказ ещё не вступил в силу"}
    assert (await client.put(f"{BOOKS}/specialties/pin", json=pin, headers=admin)).status_code == 204
    await upstream.publish_book(SPECIALTIES, "5.2", put=[{"ID": "1027", "NAME": "Кардиология взрослая"}])

    kept = await client.post(f"{BOOKS}/specialties/fetch", json={}, headers=admin)
    assert kept.json()["state"] == "kept"

    async def name(**params: str) -> str:
        answer = await client.get("/api/v1/dictionaries/specialties/items/VO-027", params=params)
        return str(answer.json()["value"]["name"])

    assert (await name(), await name(version="5.2")) == ("Кардиология", "Кардиология взрослая")
    listed = (await client.get("/api/v1/dictionaries/specialties/versions")).json()
    assert (listed["pinned"], [(row["version"], row["current"]) for row in listed["items"][:2]]) == (
        True,
        [("5.2", False), ("5.1", True)],
    )

    freed = await client.post(f"{BOOKS}/specialties/unpin", json={"reason": "Вступил в силу"}, headers=admin)
    assert freed.status_code == 204
    assert await name() == "Кардиология взрослая"
    events = [(event.data["version"], event.subjectversion) for event in await drain_outbox(registry.db)]
    assert events[1:] == [("5.1", 2), ("5.2", 3)]
    missing = await client.put(f"{BOOKS}/specialties/pin", json={**pin, "version": "4.0"}, headers=admin)
    assert (missing.status_code, missing.json()["code"]) == (404, "book_version_missing")
    async with registry.db.read() as session:
        rows = await session.execute(text("select action, object from journal order by id"))
        assert rows.all() == [
            ("registry.books.pin", "dictionary/specialties/5.1"),
            ("registry.books.unpin", "dictionary/specialties"),
        ]


@pytest.mark.req("FRM-07")
async def test_the_administrator_sees_why_a_version_was_set_aside(
    client: Any, registry: Any, upstream: Any, admin: dict[str, str], token_factory: Any
) -> None:
    await upstream.faults(nsi_nameless=2)
    try:
        look = (await client.post(f"{BOOKS}/regions/fetch", json={}, headers=admin)).json()
    finally:
        await upstream.faults()
    assert look["state"] == "set_aside"

    listed = (await client.get(BOOKS, headers=admin)).json()["items"]
    regions = next(item for item in listed if item["book"] == "regions")
    assert {item["book"] for item in listed} == set(SPECS)
    assert regions["last_load"]["reason"] == "page 1: missing_field: NAME of 02"
    assert "Республика Адыгея" in regions["last_load"]["evidence"]
    assert regions["published_at"] is None
    await show_set_aside(registry.runtime)
    assert SET_ASIDE._value.get() == 1
    person = token_factory.headers(aud="registry")
    assert (await client.get(BOOKS, headers=person)).status_code == 403
    assert (await client.post(f"{BOOKS}/regions/again", headers=person)).status_code == 403

    # Nothing is read again before its time, unless the administrator says so.
    assert (await registry.books.look("regions")).state == "waiting"
    assert (await client.post(f"{BOOKS}/regions/again", headers=admin)).status_code == 204
    assert (await registry.books.look("regions")).state == "published"
    listed = (await client.get(BOOKS, headers=admin)).json()["items"]
    regions = next(item for item in listed if item["book"] == "regions")
    assert (regions["last_load"]["phase"], regions["source"]) == ("done", "nsi")
    assert regions["published_at"] is not None
    await show_set_aside(registry.runtime)
    assert SET_ASIDE._value.get() == 0
    assert (await client.post(f"{BOOKS}/regions/fetch", json={}, headers=person)).status_code == 403
    odd = await client.post(f"{BOOKS}/regions/fetch", json={"evil": 1}, headers=admin)
    assert odd.status_code == 422


@pytest.mark.req("FRM-07")
async def test_a_version_that_shrank_is_taken_in_by_an_administrators_word(
    client: Any, registry: Any, upstream: Any, admin: dict[str, str]
) -> None:
    regions = SPECS["regions"].oid
    await registry.books.look("regions")
    word = {"version": "6.6", "reason": "Приказ объединил субъекты"}
    early = await client.post(f"{BOOKS}/regions/accept", json=word, headers=admin)
    assert (early.status_code, early.json()["code"]) == (409, "book_nothing_to_accept")
    await upstream.publish_book(regions, "6.6", drop=[f"{number:02d}" for number in range(1, 21)])
    assert (await registry.books.look("regions", force=True)).state == "set_aside"

    other = await client.post(f"{BOOKS}/regions/accept", json={**word, "version": "6.7"}, headers=admin)
    assert other.status_code == 409
    assert (await client.post(f"{BOOKS}/regions/accept", json=word, headers=admin)).status_code == 204
    # The word stands in the database: it outlives a source that is silent now, and the process.
    await upstream.faults(nsi_pages_lost=1)
    assert (await registry.books.look("regions")).state == "unavailable"
    await upstream.faults()
    async with registry.db.write() as session:
        await session.execute(text("update book_state set next_attempt_at = null"))
    look = await registry.books.look("regions")
    assert (look.state, look.version) == ("published", "6.6")
    async with registry.db.read() as session:
        row = (await session.execute(text("select action, object, reason, actor_roles from journal"))).one()
    assert tuple(row) == (
        "registry.books.accept",
        "dictionary/regions/6.6",
        word["reason"],
        ["admin", "person"],
    )


@pytest.mark.req("FRM-07")
async def test_search_by_beginnings_of_words(client: Any, registry: Any) -> None:
    await registry.books.look("specialties")
    path = "/api/v1/dictionaries/specialties/search"

    async def found(q: str, **more: Any) -> list[str]:
        answer = await client.get(path, params={"q": q, **more})
        assert answer.status_code == 200, answer.text
        return [item["name"] for item in answer.json()["items"]]

    assert await found("КАРДИО") == ["Кардиология", "Детская кардиология"]
    assert await found("кард дет") == ["Детская кардиология"]
    assert await found("реаниматология") == [
        "Анестезиология-реаниматология",
        "Анестезиология и реаниматология",
    ]
    assert (await found("акушёрство"))[0] == "Акушерство и гинекология"
    assert await found("") == await found("'; drop") == await found("zzz") == []
    assert await found("& | ! ( ) : * \\ '") == []
    assert "Вирусология" in await found("вирус", on="2028-08-31")
    assert "Вирусология" not in await found("вирус", on="2028-09-01")
    assert len(await found("а", limit=3)) == 3
    whole = (await client.get("/api/v1/dictionaries/specialties", params={"limit": 100})).json()
    rest = (
        await client.get(
            "/api/v1/dictionaries/specialties", params={"limit": 100, "cursor": whole["next_cursor"]}
        )
    ).json()
    assert (len(whole["items"]), len(rest["items"]), rest["next_cursor"]) == (100, 53, None)


async def test_search_in_a_great_book_uses_its_index(registry: Any) -> None:
    async with registry.db.write() as session:
        await session.execute(text(_GREAT_BOOK))
        await session.execute(text(_GREAT_ENTRIES))
    query = "''больница'':* & ''777'':*"
    async with registry.db.write() as session:
        await session.execute(text("analyze book_entry"))
        await session.execute(text("set local enable_seqscan = off"))
        plain = _SEARCH
        for number, value in enumerate(("organizations", "1", query, "x"), 1):
            plain = plain.replace(f"${number}", f"'{value}'")
        plain = plain.replace("$5", "null").replace("$6", "10")
        plan = (await session.execute(text("explain " + plain.replace(":*", "\\:*")))).scalars().all()
    assert "ix_book_entry_search" in "\n".join(plan)


@pytest.mark.req("FRM-07")
async def test_the_operators_command(registry: Any, capsys: pytest.CaptureFixture[str]) -> None:
    runtime = registry.runtime
    await books(runtime, ["fetch", "--book", "regions"])
    await books(runtime, ["pin", "--book", "regions", "--version", "6.5", "--reason", "проверка"])
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "registry: regions · 6.5 · published",
        "registry: regions: pin done",
    ]
    for wrong, code in (
        (["pin", "--book", "regions", "--version", "9.9", "--reason", "проверка"], 1),
        (["fetch", "--book", "regions", "--version", "9.9"], 1),
        (["pin", "--book", "regions"], 2),
    ):
        with pytest.raises(SystemExit) as ended:
            await books(runtime, wrong)
        assert ended.value.code == code
    await books(runtime, ["unpin", "--book", "regions", "--reason", "проверка"])


_GREAT_BOOK = (
    "insert into book (book, version, title, oid, number, published_at, source, release_notes)"
    " values ('organizations', '1', '', '', 1, now(), 'nsi', '')"
)
_GREAT_ENTRIES = """
insert into book_entry (book, version, key, name, position, attributes, code, in_force)
select 'organizations', '1', n::text, 'Городская больница № ' || n, n, '{}', n::text, true
from generate_series(1, 8000) n
"""
