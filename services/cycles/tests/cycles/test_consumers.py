"""Documents of the register and the cycles that stand on them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from nmo_cycles.cycles.rules import last_day
from nmo_kit import clock

EXAM_ON = clock.today() - timedelta(days=160)


@pytest.mark.req("CYC-03")
async def test_the_certificate_takes_the_place_of_the_protocol(person):
    document_id = uuid4()
    cycle = await person.open(document_id=document_id, kind="accreditation_protocol", series="", number="")
    assert cycle["document"]["kind"] == "accreditation_protocol"
    until = EXAM_ON + timedelta(days=1900)
    await person.document(
        document_id=document_id, kind="accreditation", number="031", valid_until=until, version=2
    )
    after = await person.get(f"/{cycle['cycle_id']}")
    assert (after["document"]["kind"], after["document"]["number"]) == ("accreditation", "031")
    assert (after["ends_on"], after["version"]) == (str(until), 2)
    (offer,) = (await person.get("/offers"))["items"]
    assert (offer["document_id"], offer["cycle_id"]) == (str(document_id), cycle["cycle_id"])


async def test_an_older_event_changes_nothing(person):
    document_id = uuid4()
    await person.document(document_id=document_id, number="NEW", version=5)
    await person.document(document_id=document_id, number="OLD", version=4)
    (offer,) = (await person.get("/offers"))["items"]
    assert offer["number"] == "NEW"


async def test_several_documents_of_one_version_are_all_kept(person):
    await person.document(version=7)
    await person.document(version=7, specialty_key="VO-097", specialty_name="Терапия")
    assert len((await person.get("/offers"))["items"]) == 2


async def test_a_corrected_exam_date_moves_the_cycle(person):
    document_id = uuid4()
    cycle = await person.open(document_id=document_id)
    moved = EXAM_ON + timedelta(days=3)
    await person.document(document_id=document_id, exam_on=moved, issued_on=moved, version=2)
    after = await person.get(f"/{cycle['cycle_id']}")
    assert (after["starts_on"], after["ends_on"]) == (str(moved), str(last_day(moved)))


async def test_the_same_data_again_leave_the_version(person):
    document_id = uuid4()
    cycle = await person.open(document_id=document_id)
    await person.document(document_id=document_id, version=2)
    assert (await person.get(f"/{cycle['cycle_id']}"))["version"] == 1
