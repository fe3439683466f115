"""A new version of the nomenclature: elements that are there are found as before, under the names of today (FRM-07)."""

from typing import Any

import pytest
from sqlalchemy import text

from nmo_catalog.reference.consumers import on_dictionary_published
from nmo_catalog.reference.queries import load_reference
from nmo_catalog.topology import QUEUES
from nmo_contracts.registry import DictionaryPublishedV1, DictionaryValue
from nmo_kit.messaging import Envelope
from nmo_testkit import deliver, running_worker, wait

ELEMENTS = "/api/v1/catalog/elements"
OLD = (("VO-097", "Терапия", True), ("VO-027", "Кардиология", True), ("VO-006", "Бактериология", True))
NEW = (
    ("VO-097", "Терапия (общая)", True),
    ("VO-027", "Кардиология", False),
    ("NSI-1201", "Клиническая кардиология", True),
    ("VO-006", "Бактериология", False),
)


def book(version: str, *values: tuple[str, str, bool], name: str = "specialties") -> DictionaryPublishedV1:
    return DictionaryPublishedV1(
        book=name,
        version=version,
        oid="1.2.643.5.1.13.13.11.1066",
        values=[DictionaryValue(key=key, code=key, name=shown, in_force=live) for key, shown, live in values],
    )


async def names(client: Any, element: Any) -> list[str]:
    """As the element's card shows them."""
    answer = await client.get(f"{ELEMENTS}/{element.id}")
    assert answer.status_code == 200, answer.text
    found: list[str] = answer.json()["specialty_names"]
    return found


async def found(client: Any, key: str) -> list[tuple[str, list[str]]]:
    """What the search finds for a specialty, with the names it shows."""
    items = (await client.get(ELEMENTS, params={"specialty": key})).json()["items"]
    return [(item["element_id"], item["specialty_names"]) for item in items]


@pytest.mark.req("FRM-07", "CAT-01")
async def test_elements_are_shown_under_the_names_of_today(
    client: Any, publish: Any, db: Any, broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmo_catalog.reference.successors.KEPT_S", 0)
    (old,) = await publish({"specialty_keys": ["VO-097", "VO-027", "VO-006"]})
    assert await names(client, old) == ["Терапия", "Кардиология", "Бактериология"]

    await broker.declare({"catalog": QUEUES})
    async with running_worker("catalog", db, broker, queues=QUEUES):
        event = Envelope.of(book("5.2", *NEW), version=3)
        await broker.publish(event)
        await broker.publish(event)

        async def renamed() -> bool:
            return (await names(client, old))[0] == "Терапия (общая)"

        await wait.until(renamed, timeout_s=30)
    after = ["Терапия (общая)", "Кардиология", "Бактериология"]
    assert await names(client, old) == after, "what was split or ended keeps its name"
    for key in ("VO-097", "VO-027", "VO-006"):
        assert await found(client, key) == [(str(old.id), after)]

    # An older version that comes late, another book, and the packaged file change nothing of it.
    late = await deliver(
        db, on_dictionary_published, book("5.1", *OLD), version=2, consumer="catalog.registry"
    )
    assert late == "stale"
    await deliver(db, on_dictionary_published, book("9.9", ("VO-097", "Врач", True), name="positions"))
    async with db.write() as session:
        await load_reference(session)
    assert await names(client, old) == after

    (fresh,) = await publish({"specialty_keys": ["NSI-1201"]})
    assert await found(client, "NSI-1201") == [(str(fresh.id), ["Клиническая кардиология"])]

    # Who holds the specialty that ended finds what is taught for the one it became, by whatever it is called today.
    split = book("5.2", *NEW)
    split.values[1] = split.values[1].model_copy(update={"successors": ["NSI-1201"]})
    await deliver(db, on_dictionary_published, split, version=4, consumer="catalog.registry")
    assert {element for element, _ in await found(client, "VO-027")} == {str(old.id), str(fresh.id)}
    assert [element for element, _ in await found(client, "NSI-1201")] == [str(fresh.id)]
    async with db.read() as session:
        query = text(
            "select key, in_force, book_version, number from specialty where number > 0 order by key"
        )
        assert [tuple(row) for row in await session.execute(query)] == [
            ("NSI-1201", True, "5.2", 4),
            ("VO-006", False, "5.2", 4),
            ("VO-027", False, "5.2", 4),
            ("VO-097", True, "5.2", 4),
        ]
