"""A new version of the nomenclature with a renamed, a split and a retired specialty: old records read as before."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from nmo_registry import worker
from nmo_registry.frmr.record import stable_id
from nmo_registry.reference_books.catalogue import SPECS
from nmo_registry.seed import seed
from nmo_testkit import drain_outbox

SPECIALTIES = SPECS["specialties"].oid
POSITIONS = SPECS["positions"].oid
RENAMED, SPLIT, RETIRED = "1097", "1027", "1006"
CHANGES = {
    "updated_on": "2026-11-20",
    "put": [
        {"ID": RENAMED, "NAME": "Терапия (общая)"},
        {"ID": SPLIT, "REL": "0", "DATEOUT": "2026-11-01"},
        {"ID": "1201", "NAME": "Клиническая кардиология", "PARENT": "1", "REL": "1"},
        {"ID": "1202", "NAME": "Аритмология", "PARENT": "1", "REL": "1"},
    ],
    "drop": [RETIRED],
    "notes": "Терапия переименована, кардиология разделена, бактериология исключена",
}


@pytest.fixture
def admin(token_factory: Any) -> dict[str, str]:
    headers: dict[str, str] = token_factory.headers(aud="registry", roles=("person", "admin"))
    return headers


async def own(client: Any, token_factory: Any, what: str, specialist_id: UUID) -> dict[str, Any]:
    """A person's own card or documents."""
    headers = token_factory.headers(
        aud="registry", roles=("person", "specialist"), entry="full", consent=True, spec=str(specialist_id)
    )
    answer = await client.get(f"/api/v1/register/{what}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def value(item: dict[str, Any], of: str, name: str | None = None) -> tuple[Any, ...]:
    """Code, book, version and name as shown of one value."""
    return (*(item[f"{of}_{part}"] for part in ("code", "book", "version")), item[name or f"{of}_name"])


async def documents(
    client: Any, token_factory: Any, specialist_id: UUID
) -> dict[str, tuple[str, tuple[Any, ...]]]:
    """Key and value of the specialty of each document of a person by its id."""
    items = (await own(client, token_factory, "documents", specialist_id))["items"]
    return {item["document_id"]: (item["specialty_key"], value(item, "specialty")) for item in items}


@pytest.mark.req("FRM-07")
async def test_old_records_read_as_they_were_shown(
    client: Any, registry: Any, upstream: Any, token_factory: Any, admin: dict[str, str]
) -> None:
    await seed(registry.runtime, demo=False)
    await registry.books.look("specialties")
    await registry.follower.follow()
    recorded = {
        event.data["document_id"]: event.data["specialist_id"]
        for event in await drain_outbox(registry.db)
        if event.type_name == "registry.accreditation.recorded.v1"
    }
    people = {UUID(found) for found in recorded.values()}
    before = {person: await documents(client, token_factory, person) for person in people}
    assert {
        ("VO-027", (SPLIT, SPECIALTIES, "5.1", "Кардиология")),
        ("VO-097", (RENAMED, SPECIALTIES, "5.1", "Терапия")),
    } <= {pair for found in before.values() for pair in found.values()}

    await upstream.publish_book(SPECIALTIES, "5.2", **CHANGES)
    look = await registry.books.look("specialties", force=True)
    assert (look.state, look.version) == ("published", "5.2")
    events = [event.data for event in await drain_outbox(registry.db)]
    assert [(event["book"], event["version"]) for event in events] == [("specialties", "5.2")]

    # Nothing of a person changes with the book, nor when the card is read again.
    for read_again in (
        registry.follower.follow,
        registry.runtime.extras["reconciler"].run,
        registry.follower.follow,
    ):
        assert {person: await documents(client, token_factory, person) for person in people} == before
        upstream.patch("match")
        await read_again()
    assert {person: await documents(client, token_factory, person) for person in people} == before
    assert await drain_outbox(registry.db) == []

    async def shown(key: str, **params: str) -> dict[str, Any]:
        answer = await client.get(f"/api/v1/dictionaries/specialties/items/{key}", params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    renamed = await shown("VO-097")
    assert (renamed["value"]["name"], renamed["value"]["code"]) == ("Терапия (общая)", RENAMED)
    assert renamed["names"][-1] == {"name": "Терапия (общая)", "version": "5.2"}
    assert (await shown("VO-097", version="5.1"))["value"]["name"] == "Терапия"

    split = (await shown("VO-027"))["value"]
    assert (split["name"], split["in_force"], split["valid_until"]) == ("Кардиология", False, "2026-11-01")
    told = {"key": "VO-027", "successors": ["NSI-1201", "NSI-1202"], "reason": "Приказ о разделении"}
    path = "/internal/books/specialties/successors"
    assert (await client.put(path, json=told, headers=admin)).status_code == 204
    became = [item["name"] for item in (await shown("VO-027"))["successors"]]
    assert sorted(became) == ["Аритмология", "Клиническая кардиология"]
    (event,) = [event.data for event in await drain_outbox(registry.db)]
    assert {item["key"]: item["successors"] for item in event["values"] if item["successors"]} == {
        "VO-027": ["NSI-1201", "NSI-1202"]
    }, "whoever searches by the old one is led to the new ones"

    retired = await shown("VO-006")
    assert (retired["value"]["name"], retired["value"]["in_force"]) == ("Бактериология", False)
    assert retired["successors"] == []
    listed = await client.get("/api/v1/dictionaries/specialties", params={"on": "2026-11-21"})
    offered = {item["key"] for item in listed.json()["items"]}
    assert {"NSI-1201", "NSI-1202", "VO-097"} <= offered
    assert offered.isdisjoint({"VO-006", "VO-027"})

    for wrong, status, code in (
        ({**told, "key": "VO-097"}, 409, "book_value_in_force"),
        ({**told, "key": "VO-999"}, 404, "not_found"),
        ({**told, "successors": ["VO-999"]}, 422, "invalid_fields"),
        ({**told, "key": "VO\u0000"}, 422, None),
    ):
        refused = await client.put(path, json=wrong, headers=admin)
        assert refused.status_code == status, refused.text
        assert code is None or refused.json()["code"] == code


@pytest.mark.req("FRM-07")
async def test_a_card_with_the_new_name_keeps_the_old_key(
    client: Any, token_factory: Any, registry: Any, upstream: Any
) -> None:
    await seed(registry.runtime, demo=False)
    await registry.books.look("specialties")
    await registry.follower.follow()
    await drain_outbox(registry.db)
    await upstream.publish_book(SPECIALTIES, "5.2", **CHANGES)
    await registry.books.look("specialties", force=True)
    card = upstream.state.card(key="match")
    accreditation = card["personAccreditation"][0]
    procedure = accreditation["accreditationProcedures"][0]

    keys, read = [], []
    for spec in (
        {"id": 1097, "name": "Терапия (общая)"},
        {"id": 1097, "name": "Терапия"},
        {"id": 1202, "name": "Аритмология"},
        {"id": 7777, "name": "Терапия (общая)"},
        {"id": 8888, "name": "Алхимия"},
    ):
        changed = [{**accreditation, "accreditationProcedures": [{**procedure, "mpSpec": spec}]}]
        upstream.patch("match", personAccreditation=changed)
        await registry.follower.follow(force=True)
        events = [event.data for event in await drain_outbox(registry.db)]
        (told,) = [event for event in events if "specialty_key" in event]
        keys.append(told["specialty_key"])
        found = await documents(client, token_factory, UUID(told["specialist_id"]))
        read.append(found.pop(told["document_id"])[1])
        # The certificate was not written anew: it tells by which version it was read.
        assert list(found.values()) == [("VO-027", (SPLIT, SPECIALTIES, "5.1", "Кардиология"))]
    assert keys == ["VO-097", "VO-097", "NSI-1202", "VO-097", "NSI-8888"]
    now = (SPECIALTIES, "5.2")
    assert read == [
        (RENAMED, *now, "Терапия (общая)"),
        (RENAMED, *now, "Терапия"),
        ("1202", *now, "Аритмология"),
        ("7777", None, None, "Терапия (общая)"),
        ("8888", None, None, "Алхимия"),
    ]


@pytest.mark.req("FRM-07")
async def test_every_value_of_a_card_tells_code_book_and_version(
    client: Any, token_factory: Any, registry: Any, upstream: Any
) -> None:
    await seed(registry.runtime, demo=False)
    await registry.books.look_at_all()
    await registry.follower.follow()
    raw = upstream.state.card(key="match")
    spec = stable_id("person", raw["oid"])
    oids = {book: one.oid for book, one in SPECS.items()}

    async def values() -> dict[str, list[tuple[Any, ...]]]:
        card = await own(client, token_factory, "card", spec)
        return {
            "citizenship": [(card["citizenship_code"], card["citizenship"])],
            "education": [value(item, "specialty") for item in card["educations"]],
            "certificate": [value(item, "specialty") for item in card["certificates"]],
            "accreditation": [value(item, "specialty") for item in card["accreditations"]],
            "kind": [value(item, "kind", "kind") for item in card["accreditations"]],
            "position": [value(item, "position", "position") for item in card["employments"]],
            "region": [value(item, "region") for item in card["employments"]],
            "category": [value(item, "name", "name") for item in card["categories"]],
            "category of": [value(item, "specialty") for item in card["categories"]],
        }

    cardiology = (SPLIT, SPECIALTIES, "5.1", "Кардиология")
    before = await values()
    assert before == {
        "citizenship": [("643", "РОССИЯ")],
        "education": [("1036", SPECIALTIES, "5.1", "Лечебное дело")],
        "certificate": [cardiology],
        "accreditation": [cardiology],
        "kind": [("3", oids["accreditation_kinds"], "1.3", "periodic")],
        "position": [("109", POSITIONS, "9.2", "Врач-кардиолог")],
        "region": [("77", oids["regions"], "6.5", "г. Москва")],
        "category": [("2", oids["qualification_categories"], "2.0", "Первая")],
        "category of": [cardiology],
    }

    renamed = [{"ID": "109", "NAME": "Врач - кардиолог общей практики"}]
    await upstream.publish_book(POSITIONS, "9.3", updated_on="2026-11-20", put=renamed, drop=["73"])
    await registry.books.look("positions", force=True)
    (job,), (diploma,) = raw["personCards"], raw["educationProf"]
    upstream.patch(
        "match",
        personCards=[
            job,
            {**job, "id": "1", "beginDate": "2015-01-01"},
            {**job, "id": "2", "postId": 73, "postName": "Врач-терапевт", "beginDate": "2014-01-01"},
            # A code of another list is no code of this book, whatever the number.
            {**job, "id": "3", "postName": "Врач-хирург", "beginDate": "2013-01-01"},
            {
                **job,
                "id": "4",
                "postName": None,
                "fedPosition": "Врач-невролог",
                "fedPositionId": 29,
                "beginDate": "2016-01-01",
            },
        ],
        educationProf=[{**diploma, "specId": "9" * 65, "specName": "Врачебное дело"}],
    )
    await registry.follower.follow(force=True)

    assert await values() == before | {
        "education": [(None, None, None, "Врачебное дело")],
        "position": [
            ("29", POSITIONS, "9.3", "Врач-невролог"),
            ("109", POSITIONS, "9.3", "Врач-кардиолог"),
            ("73", POSITIONS, "9.3", "Врач-терапевт"),
            ("109", None, None, "Врач-хирург"),
            ("109", POSITIONS, "9.2", "Врач-кардиолог"),
        ],
        "region": before["region"] * 5,
    }


@pytest.mark.req("FRM-07")
async def test_a_process_that_starts_reads_the_books_before_the_cards_but_never_waits_for_them_long(
    registry: Any, upstream: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read_by_the_books() -> list[bool]:
        async with registry.db.read() as session:
            found = await session.execute(
                text("select specialty_edition is not null from admission_document")
            )
            return list(found.scalars())

    monkeypatch.setattr(worker, "BOOKS_FIRST_S", 30)
    jobs = {timer.run.__name__: timer.run for timer in worker.timers(registry.runtime)}
    await asyncio.gather(jobs["follow_register"](), jobs["keep_books"]())
    known = await read_by_the_books()
    assert known
    assert all(known)

    monkeypatch.setattr(worker, "BOOKS_FIRST_S", 0.01)
    jobs = {timer.run.__name__: timer.run for timer in worker.timers(registry.runtime)}
    upstream.patch("match", personAccreditation=[])
    await jobs["follow_register"]()
    events = [event.type_name for event in await drain_outbox(registry.db)]
    assert events[-1] == "registry.accreditation.removed.v1"
