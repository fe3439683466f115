"""The mirror is the register's and stays; the person's answers go, and so does every tie to the person."""

from typing import Any
from uuid import uuid4

import pytest

from nmo_contracts.identity import ConsentGrantedV1, PersonErasedV1, PersonMatchedV1
from nmo_contracts.purposes import MAIN
from nmo_kit import clock
from nmo_registry.base import Model
from nmo_registry.consents.consumers import HEEDING
from nmo_registry.staff.consumers import on_matched
from nmo_testkit import deliver, drain_outbox
from nmo_testkit.remains import rows_of, tables_with

ON_GRANTED, _, ON_ERASED = HEEDING.handlers()


@pytest.mark.req("P14", "T24", "SSO-05")
async def test_the_person_is_forgotten_and_the_mirror_stays(registry: Any) -> None:
    await registry.follower.follow()
    person, stranger = uuid4(), uuid4()
    for one in (person, stranger):
        granted = ConsentGrantedV1(person_id=one, purpose=MAIN, text_version="1", granted_at=clock.now())
        await deliver(registry.db, ON_GRANTED, granted)
        matched = PersonMatchedV1(
            person_id=one, specialist_id=uuid4(), outcome="exact", matched_at=clock.now()
        )
        await deliver(registry.db, on_matched, matched)
    assert await tables_with(registry.db, str(person)) == {"identity_consent_copy", "person_record"}
    before = await rows_of(registry.db)
    await drain_outbox(registry.db)
    order, event_id = PersonErasedV1(person_id=person, order_id=uuid4(), erased_at=clock.now()), uuid4()

    assert await deliver(registry.db, ON_ERASED, order, event_id=event_id) == "handled"

    assert await tables_with(registry.db, str(person)) == set()
    after = await rows_of(registry.db)
    own = ("identity_consent_copy", "person_record")
    of_others = {table: [row for row in before.pop(table) if str(stranger) in row] for table in own}
    assert {table: after.pop(table) for table in own} == of_others
    assert after == before
    assert after["specialist"], "the mirror holds somebody, or this proves nothing"
    (forgotten,) = await drain_outbox(registry.db)
    assert forgotten.type_name == "registry.person.forgotten.v1"
    assert forgotten.data["destroyed"] == {"person_record": 1}
    assert "323-ФЗ" in forgotten.data["kept"]["specialist"]
    assert await deliver(registry.db, ON_ERASED, order, event_id=event_id) == "duplicate"
    assert await deliver(registry.db, ON_ERASED, order) == "handled"
    assert await rows_of(registry.db) == {**before, **of_others}


@pytest.mark.req("P14", "T24")
def test_every_table_about_people_is_named() -> None:
    """A new one must say what becomes of it."""
    about = {
        table.name
        for table in Model.metadata.tables.values()
        if {"person_id", "document_id"} & set(table.columns.keys())
    }
    assert about == {
        "own_document",
        "own_document_scan",
        "own_document_move",
        "difference_answer",
        "person_record",
    }
