"""A new version of the nomenclature: cycles that are open keep what they show, new ones take the new words (FRM-07)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from nmo_contracts.registry import DictionaryPublishedV1, DictionaryValue
from nmo_cycles.reference.consumers import on_dictionary_published
from nmo_kit import clock
from nmo_testkit import deliver, drain_outbox

OID = "1.2.643.5.1.13.13.11.1066"
EXAM_ON = clock.today() - timedelta(days=160)


def typed(key: str) -> dict[str, Any]:
    document = {
        "kind": "accreditation",
        "series": "7726",
        "number": "031904517",
        "issued_on": str(EXAM_ON),
        "exam_on": str(EXAM_ON),
    }
    return {"specialty_key": key, "document": document}


async def publish(
    person: Any, version: str, number: int, *values: tuple[str, str, str, bool], **became: list[str]
) -> None:
    told = DictionaryPublishedV1(
        book="specialties",
        version=version,
        oid=OID,
        values=[
            DictionaryValue(
                key=key,
                code=code,
                name=name,
                in_force=in_force,
                successors=became.get(key.replace("-", "_"), []),
            )
            for key, code, name, in_force in values
        ],
    )
    await deliver(person.db, on_dictionary_published, told, version=number)


@pytest.mark.req("FRM-07")
async def test_old_cycles_keep_the_name_they_were_shown_with(person: Any) -> None:
    await publish(
        person,
        "5.1",
        2,
        ("VO-097", "1097", "Терапия", True),
        ("VO-027", "1027", "Кардиология", True),
        ("VO-006", "1006", "Бактериология", True),
    )
    renamed, split, retired = [
        (await person.call("POST", "", json=typed(key))).json() for key in ("VO-097", "VO-027", "VO-006")
    ]
    before = (await person.get())["items"]
    assert {
        (row["specialty_name"], row["specialty_code"], row["specialty_oid"], row["specialty_version"])
        for row in before
    } == {
        ("Терапия", "1097", OID, "5.1"),
        ("Кардиология", "1027", OID, "5.1"),
        ("Бактериология", "1006", OID, "5.1"),
    }

    await publish(
        person,
        "5.2",
        3,
        ("VO-097", "1097", "Терапия (общая)", True),
        ("VO-027", "1027", "Кардиология", False),
        ("NSI-1201", "1201", "Клиническая кардиология", True),
        ("NSI-1202", "1202", "Аритмология", True),
        ("VO-006", "1006", "Бактериология", False),
    )
    await publish(person, "5.1", 2, ("VO-097", "1097", "Терапия", True))

    assert (await person.get())["items"] == before
    for cycle in (renamed, split, retired):
        assert (await person.get(f"/{cycle['cycle_id']}")) == cycle
    planned = await person.planned(split, specialty_keys=["VO-027"])
    assert planned["plan_item_id"]
    told = [event.data for event in await drain_outbox(person.db) if "plan_item.added" in event.type_name]
    assert [(event["specialty_name"], event["specialty_version"]) for event in told] == [
        ("Кардиология", "5.1")
    ]

    fresh = (await person.call("POST", "", json=typed("NSI-1202"))).json()
    assert (fresh["specialty_name"], fresh["specialty_version"]) == ("Аритмология", "5.2")
    unknown = await person.call("POST", "", json=typed("NSI-9999"))
    assert unknown.status_code == 422


@pytest.mark.req("FRM-07")
async def test_a_document_keeps_its_own_words(person: Any) -> None:
    await publish(person, "5.2", 3, ("VO-097", "1097", "Терапия (общая)", True))
    cycle = await person.open(specialty_key="VO-097", specialty_name="Терапия")
    assert (cycle["specialty_name"], cycle["specialty_code"], cycle["specialty_version"]) == (
        "Терапия",
        "1097",
        "5.2",
    )
    odd = await person.open(specialty_key="FRMR-77", specialty_name="Алхимия")
    assert (odd["specialty_name"], odd["specialty_version"]) == ("Алхимия", None)


@pytest.mark.req("FRM-07", "CYC-06")
async def test_who_learns_in_a_split_specialty_learns_what_is_taught_for_its_successors(
    person: Any, publish_element: Any
) -> None:
    cycle = await person.open(specialty_key="VO-013", specialty_name="Гематология")
    path = f"/{cycle['cycle_id']}"
    split = (
        ("VO-013", "1013", "Гематология", False),
        ("NSI-1301", "1301", "Онкогематология", True),
        ("NSI-1302", "1302", "Гемостазиология", True),
    )
    await publish(person, "6.0", 10, *split)
    element = {"specialty_keys": ["NSI-1302"]}
    refused = await person.choose(cycle, await publish_element(**element))
    assert (refused.status_code, refused.json()["code"]) == (409, "specialty_mismatch")
    assert (await person.get(path))["specialty_successors"] == []

    await publish(person, "6.0", 11, *split, VO_013=["NSI-1301", "NSI-1302"])
    shown = [
        await person.get(path),
        (await person.get(f"{path}/plan"))["cycle"],
        *(await person.get())["items"],
    ]
    assert [item["specialty_successors"] for item in shown] == [["NSI-1301", "NSI-1302"]] * 3
    assert {item["specialty_name"] for item in shown} == {"Гематология"}, "the cycle is what it was opened as"
    await person.planned(cycle, **element)
    await person.planned(cycle, specialty_keys=["VO-013"])
    other = await person.choose(cycle, await publish_element(specialty_keys=["VO-097"]))
    assert other.json()["code"] == "specialty_mismatch"

    await publish(person, "6.0", 12, *split, VO_013=["NSI-1301"])
    late = await person.choose(cycle, await publish_element(**element))
    assert late.json()["code"] == "specialty_mismatch", "an order that was told wrongly is told anew"


@pytest.mark.req("FRM-05", "FRM-07")
async def test_a_cycle_typed_for_a_retired_specialty_is_not_offered_again_for_its_successor(
    person: Any,
) -> None:
    cycle = (await person.call("POST", "", json=typed("VO-031"))).json()
    await publish(
        person,
        "7.0",
        20,
        ("VO-031", "1031", "Лечебная физкультура", False),
        ("NSI-1401", "1401", "Физическая и реабилитационная медицина", True),
        VO_031=["NSI-1401"],
    )
    same = await person.document(specialty_key="NSI-1401", exam_on=EXAM_ON + timedelta(days=3))
    later = {"exam_on": EXAM_ON + timedelta(days=90), "issued_on": EXAM_ON + timedelta(days=90)}
    offers = {item["document_id"]: item["cycle_id"] for item in (await person.get("/offers"))["items"]}
    assert offers == {str(same): cycle["cycle_id"]}
    new = await person.document(specialty_key="NSI-1401", **later)
    offers = {item["document_id"]: item["cycle_id"] for item in (await person.get("/offers"))["items"]}
    assert offers == {str(new): None}, "a later exam is another document"
