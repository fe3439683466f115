"""A new version of the nomenclature with a renamed, a split and a retired specialty: old records read as before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from nmo_registry.reference_books.catalogue import SPECS
from nmo_registry.seed import seed
from nmo_testkit import drain_outbox

SPECIALTIES = SPECS["specialties"].oid
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


async def documents(client: Any, token_factory: Any, specialist_id: UUID) -> dict[str, tuple[str, str]]:
    """(key, name) of each document of a person by its id."""
    headers = token_factory.headers(
        aud="registry", roles=("person", "specialist"), entry="full", consent=True, spec=str(specialist_id)
    )
    answer = await client.get("/api/v1/register/documents", headers=headers)
    assert answer.status_code == 200, answer.text
    return {
        item["document_id"]: (item["specialty_key"], item["specialty_name"])
        for item in answer.json()["items"]
    }


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
    assert {("VO-027", "Кардиология"), ("VO-097", "Терапия")} <= {
        pair for found in before.values() for pair in found.values()
    }

    await upstream.publish_book(SPECIALTIES, "5.2", **CHANGES)
    look = await registry.books.look("specialties", force=True)
    assert (look.state, look.version) == ("published", "5.2")
    events = [event.data for event in await drain_outbox(registry.db)]
    assert [(event["book"], event["version"]) for event in events] == [("specialties", "5.2")]

    # Nothing of a person changes with the book.
    assert {person: await documents(client, token_factory, person) for person in people} == before

    async def value(key: str, **params: str) -> dict[str, Any]:
        answer = await client.get(f"/api/v1/dictionaries/specialties/items/{key}", params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    renamed = await value("VO-097")
    assert (renamed["value"]["name"], renamed["value"]["code"]) == ("Терапия (общая)", RENAMED)
    assert renamed["names"][-1] == {"name": "Терапия (общая)", "version": "5.2"}
    assert (await value("VO-097", version="5.1"))["value"]["name"] == "Терапия"

    split = (await value("VO-027"))["value"]
    assert (split["name"], split["in_force"], split["valid_until"]) == ("Кардиология", False, "2026-11-01")
    told = {"key": "VO-027", "successors": ["NSI-1201", "NSI-1202"], "reason": "Приказ о разделении"}
    path = "/internal/books/specialties/successors"
    assert (await client.put(path, json=told, headers=admin)).status_code == 204
    became = [item["name"] for item in (await value("VO-027"))["successors"]]
    assert sorted(became) == ["Аритмология", "Клиническая кардиология"]
    (event,) = [event.data for event in await drain_outbox(registry.db)]
    assert {item["key"]: item["successors"] for item in event["values"] if item["successors"]} == {
        "VO-027": ["NSI-1201", "NSI-1202"]
    }, "whoever searches by the old one is led to the new ones"

    retired = await value("VO-006")
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
async def test_a_card_with_the_new_name_keeps_the_old_key(registry: Any, upstream: Any) -> None:
    await seed(registry.runtime, demo=False)
    await registry.books.look("specialties")
    await upstream.publish_book(SPECIALTIES, "5.2", **CHANGES)
    await registry.books.look("specialties", force=True)
    card = upstream.state.card(key="match")
    accreditation = card["personAccreditation"][0]
    procedure = accreditation["accreditationProcedures"][0]

    keys = []
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
        keys += [
            event["specialty_key"]
            for event in events
            if event.get("kind") == "accreditation" and event["document_id"] and "specialty_key" in event
        ][-1:]
    assert keys == ["VO-097", "VO-097", "NSI-1202", "VO-097", "NSI-8888"]
