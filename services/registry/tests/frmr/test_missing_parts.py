"""What a card leaves out or tells wrongly: nothing that is known goes, nothing vanishes without a word (FRM-01, FRM-02)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from nmo_registry.frmr.completing import completed
from nmo_registry.frmr.reading import read_card
from nmo_registry.frmr.record import Part, Record, changed_fields
from nmo_registry.frmr.values import CardUnreadableError
from nmo_sandbox.frmr import card_parts as part
from nmo_sandbox.frmr import synthetic
from nmo_testkit import drain_outbox
from services.registry.tests.sync.mirror import mirror_records, upstream_records

pytestmark = pytest.mark.req("FRM-01", "FRM-02")
Card = dict[str, Any]
DAY = date(2022, 5, 17)
STUDIES: tuple[tuple[str, Part], ...] = (
    ("educationCommon", "common_education"),
    ("educationProf", "professional_education"),
    ("educationPostgraduate", "postgraduate_education"),
    ("educationExt", "additional_education"),
)


def whole_card() -> Card:
    """A card with something in every list."""
    made = part.person(
        "2025.0000001", synthetic.snils_of(1), "Иванова", "Вера", None, born=date(1980, 1, 2), female=True
    )
    for number, (source, _) in enumerate(STUDIES):
        study = part.diploma(f"1{number}", "Терапия", institution="Институт", number=f"5{number}", issued=DAY)
        made[source] = [study, {**study, "id": f"2{number}", "docNumber": f"6{number}"}]
    made["educationCert"] = [
        part.certificate(number, "Терапия", number=number, exam=DAY, issued=DAY, end=DAY)
        for number in ("31", "32")
    ]
    made["personAccreditation"] = [
        part.accreditation(f"41000{number}", "Терапия", number="7", passed=DAY, protocol=DAY, end=DAY)
        for number in (1, 2)
    ]
    made["personQualification"] = [part.category("51", "Первая", "Терапия", begin=DAY, end=DAY)]
    made["personNomination"] = [part.nomination("71", "Почётная грамота", number="17", day=DAY)]
    made["personCards"] = [part.job(number, "1.2.3", "Врач-терапевт", begin=DAY) for number in ("061", "062")]
    made["previousNames"] = [
        {"lastName": "Седых", "firstName": "Вера", "patronymic": None, "changeDate": None}
    ]
    return made


def without(card: Card, *names: str) -> Card:
    return {name: value for name, value in card.items() if name not in names}


@pytest.mark.parametrize(("source", "absent"), STUDIES)
def test_each_kind_of_education_is_kept_on_its_own(source: str, absent: Part):
    card = whole_card()
    before = completed(read_card(card), None)
    emptied = {**card, **{name: [] for name, _ in STUDIES}}

    after = completed(read_card(without(emptied, source)), before)

    kind = absent.removesuffix("_education")
    assert after.educations == tuple(item for item in before.educations if item.kind == kind)
    assert len(after.educations) == 2
    assert read_card(without(card, source)).absent == {absent}


@pytest.mark.parametrize(
    "source",
    [
        "previousNames",
        *(source for source, _ in STUDIES),
        "educationCert",
        "personAccreditation",
        "personCards",
        "personQualification",
        "personNomination",
    ],
)
@pytest.mark.parametrize("wrong", ["x", {}, 0, False, {"id": "1"}])
def test_a_block_that_is_no_list_is_not_an_empty_one(source: str, wrong: object):
    with pytest.raises(CardUnreadableError, match=f"^{source}$"):
        read_card({**whole_card(), source: wrong})


def test_an_accreditation_without_the_list_of_its_procedures_keeps_its_documents():
    card = whole_card()
    before = completed(read_card(card), None)
    first, second = card["personAccreditation"]
    renumbered = {**second, "docNumber": "8"}

    fetched = read_card(
        {**card, "personAccreditation": [without(first, "accreditationProcedures"), renumbered]}
    )
    after = completed(fetched, before)

    assert (fetched.absent, fetched.faults) == ({"accreditations"}, ())
    assert {item.id for item in after.accreditations} == {item.id for item in before.accreditations}
    assert sorted(item.number for item in after.accreditations) == ["7", "8"]
    emptied = read_card({**card, "personAccreditation": [{**first, "accreditationProcedures": []}, second]})
    assert len(completed(emptied, before).accreditations) == 1


def spoil(source: str, **changes: object) -> Callable[[Card], None]:
    def spoilt(card: Card) -> None:
        card[source][0].update(changes)

    return spoilt


def spoil_procedure(**changes: object) -> Callable[[Card], None]:
    def spoilt(card: Card) -> None:
        card["personAccreditation"][0]["accreditationProcedures"][0].update(changes)

    return spoilt


@pytest.mark.parametrize(
    ("spoilt", "block", "fault"),
    [
        (spoil("educationCert", examDate=None, passDate=None), "certificates", "educationCert.examDate"),
        (spoil("educationCert", certId=None), "certificates", "educationCert.certId"),
        (
            spoil_procedure(passDate="", protocolDate=None),
            "accreditations",
            "accreditationProcedures.passDate",
        ),
        (
            spoil("personAccreditation", regNumber="7" * 3000),
            "accreditations",
            "accreditationProcedures.too long",
        ),
        (spoil("personAccreditation", id=""), "accreditations", "personAccreditation.id"),
        (
            spoil("personAccreditation", accreditationProcedures="x"),
            "accreditations",
            "personAccreditation.accreditationProcedures",
        ),
        (spoil("personCards", organization="1." * 100), "employments", "personCards.organization"),
        (spoil("personCards", nrPmuDepartName="А" * 3000), "employments", "personCards.too long"),
        (spoil("personQualification", id=None), "categories", "personQualification.id"),
        (spoil("personNomination", id=""), "nominations", "personNomination.id"),
        (spoil("educationExt", theme="А" * 3000, specName=None), "educations", "educationExt.too long"),
        (lambda card: card["personCards"].append(5), "employments", "personCards.item"),
    ],
)
def test_what_cannot_be_read_of_a_card_is_named_and_the_rest_is_taken(
    spoilt: Callable[[Card], None], block: str, fault: str
):
    card = whole_card()
    before = completed(read_card(card), None)
    spoilt(card)
    card["firstName"] = "Зоя"

    fetched = read_card(card)
    after = completed(fetched, before)

    assert fetched.faults == (fault,)
    assert after.first_name == "Зоя"
    assert getattr(after, block) == getattr(before, block), "what is known of the block stays"
    assert after.faults == ()
    alone = getattr(completed(fetched, None), block)
    assert len(alone) > 0 or len(getattr(before, block)) == 1, "its neighbours come in without anything known"


@pytest.mark.parametrize(
    ("told", "department"),
    [
        (" Приёмное отделение ", "Приёмное отделение"),
        (17, "17"),
        (None, ""),
        (" ", ""),
        (["x"], ""),
        (True, ""),
    ],
)
def test_a_job_names_its_department_where_the_register_does(told: object, department: str):
    card = whole_card()
    untold = [without(job, "nrPmuDepartName") for job in card["personCards"]]
    before = read_card({**card, "personCards": untold})
    assert [job.department for job in before.employments] == ["", ""]
    spoil("personCards", nrPmuDepartName=told)(card)

    after = read_card(card)

    assert sorted(job.department for job in after.employments) == ["", department]
    assert changed_fields(before, after) == (["employments"] if department else [])
    assert (after.version == before.version) == (not department)


@pytest.mark.parametrize(
    ("told", "of_procedure", "numbers"),
    [
        ({}, {}, ("77410001", "2205-001")),
        ({"regNumber": None}, {}, ("А-410001", "2205-001")),
        ({"regNumber": " "}, {"protocolNumber": 17}, ("А-410001", "17")),
        ({"regNumber": ["7"]}, {"registryNumber": {"id": "7"}, "protocolNumber": True}, ("", "")),
    ],
)
def test_an_accreditation_has_the_numbers_of_the_register_and_of_its_protocol(
    told: Card, of_procedure: Card, numbers: tuple[str, str]
):
    card = whole_card()
    bare = without(card["personAccreditation"][0], "regNumber")
    (procedure,) = bare["accreditationProcedures"]
    bare["accreditationProcedures"] = [without(procedure, "registryNumber", "protocolNumber")]
    before = read_card({**card, "personAccreditation": [bare]})
    spoil("personAccreditation", **told)(card)
    spoil_procedure(**of_procedure)(card)

    after = read_card({**card, "personAccreditation": card["personAccreditation"][:1]})

    (unknown,), (document,) = before.accreditations, after.accreditations
    assert (unknown.register_number, unknown.protocol_number) == ("", "")
    assert (document.register_number, document.protocol_number) == numbers
    assert changed_fields(before, after) == (["accreditations"] if any(numbers) else [])
    assert (after.version == before.version) == (not any(numbers))
    assert {(item.register_number, item.protocol_number) for item in after.certificates} == {("", "")}


@pytest.mark.req("FRM-03")
async def test_a_document_without_a_date_is_set_aside_and_nobody_loses_it(
    registry: Any, upstream: Any
) -> None:
    await registry.follower.follow()
    await drain_outbox(registry.db)
    card = upstream.state.card(key="match")
    before = (await mirror_records(registry))[card["oid"]]
    faulty = deepcopy(card["educationCert"])
    faulty[0].update(examDate=None, passDate=None)
    upstream.state.put_card({**card, "firstName": "Зоя", "educationCert": faulty})

    await registry.follower.follow()

    after = (await mirror_records(registry))[card["oid"]]
    assert (after.first_name, after.certificates) == ("Зоя", before.certificates)
    assert await waiting(registry) == {card["oid"]: "incomplete: educationCert.examDate"}
    told = await drain_outbox(registry.db)
    assert [event.data["changed"] for event in told] == [["first_name"]]
    done = await registry.runtime.extras["reconciler"].run()
    assert (done.unreadable, done.changed) == (1, 0)
    assert await waiting(registry) == {card["oid"]: "incomplete: educationCert.examDate"}
    upstream.state.put_card({**card, "firstName": "Зоя"})
    await registry.follower.follow()
    assert await waiting(registry) == {}
    assert await mirror_records(registry) == upstream_records(upstream)


async def test_a_person_who_appears_with_a_faulty_document_appears_without_it(
    registry: Any, upstream: Any
) -> None:
    card = upstream.state.card(key="many")
    faulty = deepcopy(card["personAccreditation"])
    faulty[0]["accreditationProcedures"][0].update(passDate=None, protocolDate=None)
    upstream.state.put_card({**card, "personAccreditation": faulty})

    for _ in range(2):
        await registry.runtime.extras["reconciler"].run()
        mirrored: Record = (await mirror_records(registry))[card["oid"]]
        assert [item.specialty_name for item in mirrored.accreditations] == ["Кардиология"]
        assert await waiting(registry) == {card["oid"]: "incomplete: accreditationProcedures.passDate"}


async def waiting(registry: Any) -> dict[str, str]:
    async with registry.db.read() as session:
        rows = await session.execute(text("select register_oid, reason from sync_quarantine"))
        return {row.register_oid: row.reason for row in rows}


@pytest.mark.parametrize("level", ["VO", "SPO"])
def test_a_nurse_keeps_her_level_in_certificates_and_categories_and_without_her_diploma(level: str):
    card = whole_card()
    name = "Сестринское дело"
    card["educationProf"] = [
        part.diploma("9", name, institution="Колледж", number="1", issued=date(2001, 6, 20), level=level)
    ]
    card["educationCert"] = [
        {
            **part.certificate("8", name, number="1", exam=DAY, issued=DAY, end=DAY, level=level),
            "specId": None,
        }
    ]
    card["personQualification"] = [
        {**part.category("7", "Высшая", name, begin=DAY, end=DAY, level=level), "specId": 8_000}
    ]
    expected = {"VO": "VO-085", "SPO": "SPO-15"}[level]

    whole = completed(read_card(card), None)
    short = completed(read_card(without(card, "educationProf")), whole)

    assert whole.certificates[0].specialty_key == expected
    assert whole.categories[0].specialty_key == expected
    assert short == whole
