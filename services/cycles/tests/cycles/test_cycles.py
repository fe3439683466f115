"""Cycles through the API."""

import asyncio
from datetime import date, timedelta
from uuid import uuid4

import pytest

from nmo_cycles.cycles.rules import last_day
from nmo_kit import clock

EXAM_ON = clock.today() - timedelta(days=160)
TYPED = {
    "specialty_key": "VO-027",
    "document": {
        "kind": "accreditation",
        "series": "7726",
        "number": "031904517",
        "issued_on": str(EXAM_ON),
        "exam_on": str(EXAM_ON),
    },
}


def typed(**values):
    return {**TYPED, "document": {**TYPED["document"], **values}}


@pytest.mark.req("CYC-03", "CYC-02", "CYC-01")
async def test_one_press_opens_the_cycle_of_a_document_in_the_register(person, told):
    document_id = await person.document()
    await told()
    (offer,) = (await person.get("/offers"))["items"]
    assert offer["document_id"] == str(document_id)
    assert (offer["starts_on"], offer["ends_on"]) == (str(EXAM_ON), str(last_day(EXAM_ON)))
    assert (offer["section"], offer["cycle_id"], offer["ended"]) == ("accreditation", None, False)
    answer = await person.call("POST", "", json={"document_id": str(document_id)})
    assert answer.status_code == 201
    cycle = answer.json()
    assert cycle == {
        "cycle_id": cycle["cycle_id"],
        "specialty_key": "VO-027",
        "specialty_name": "Кардиология",
        "specialty_code": "VO-027",
        "specialty_oid": "1.2.643.5.1.13.13.11.1066",
        "specialty_version": "2026-09-01",
        "specialty_successors": [],
        "section": "accreditation",
        "document": {
            "kind": "accreditation",
            "series": "7726",
            "number": "031904517",
            "issued_on": str(EXAM_ON),
            "exam_on": str(EXAM_ON),
            "document_id": str(document_id),
            "removed_at": None,
        },
        "starts_on": str(EXAM_ON),
        "ends_on": str(last_day(EXAM_ON)),
        "preferred_organization_id": None,
        "status": "unconfirmed",
        "confirmed_by_organization_id": None,
        "closed": False,
        "version": 1,
        "total_zet": "0.00",
    }
    assert answer.headers["etag"] == '"1"'
    ((name, data, version),) = await told()
    assert (name, version, data["person_id"]) == ("cycle.opened", 1, str(person.person_id))
    assert (await person.get())["items"] == [cycle]
    (offer,) = (await person.get("/offers"))["items"]
    assert offer["cycle_id"] == cycle["cycle_id"]


@pytest.mark.req("CYC-03")
async def test_only_the_newest_document_of_a_specialty_is_offered(person):
    old = EXAM_ON - timedelta(days=1800)
    await person.document(kind="certificate", exam_on=old, issued_on=old)
    newest = await person.document()
    other = await person.document(specialty_key="VO-097", specialty_name="Терапия")
    offers = (await person.get("/offers"))["items"]
    assert {offer["document_id"] for offer in offers} == {str(newest), str(other)}


@pytest.mark.req("P26", "FRM-05")
async def test_zeros_of_a_pending_certificate_are_never_a_key(person, stranger, told):
    """Two people and two specialties of one, each on a protocol with zeros, side by side."""
    zeros = {"kind": "accreditation_protocol", "series": "0000", "number": "000000000"}
    mine = await person.open(**zeros)
    therapy = await person.open(**zeros, specialty_key="VO-097", specialty_name="Терапия")
    theirs = await stranger.open(**zeros)
    assert len({cycle["cycle_id"] for cycle in (mine, therapy, theirs)}) == 3
    assert {cycle["cycle_id"] for cycle in (await person.get())["items"]} == {
        mine["cycle_id"],
        therapy["cycle_id"],
    }
    assert [cycle["cycle_id"] for cycle in (await stranger.get())["items"]] == [theirs["cycle_id"]]
    refused = await person.call("POST", "", json=typed(series="0000", number="000000000"))
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/document/number"]
    assert "Выписка из протокола" in refused.json()["errors"][0]["message"]
    await told()

    issued_to = mine["document"]["document_id"]
    await person.document(document_id=issued_to, series="7726", number="031904517", version=9)

    numbers = {c["cycle_id"]: c["document"]["number"] for c in (await person.get())["items"]}
    assert numbers == {mine["cycle_id"]: "031904517", therapy["cycle_id"]: "000000000"}
    assert (await stranger.get())["items"] == [theirs]


@pytest.mark.req("CYC-01")
async def test_a_certificate_from_before_2016_opens_the_other_section(person):
    until = clock.today() + timedelta(days=100)
    cycle = await person.open(
        kind="certificate", exam_on=date(2014, 4, 10), issued_on=date(2014, 4, 25), valid_until=until
    )
    assert (cycle["section"], cycle["ends_on"]) == ("certification", str(until))


@pytest.mark.req("CYC-02")
async def test_a_typed_document_opens_a_cycle_with_computed_dates(person):
    answer = await person.call("POST", "", json=TYPED)
    assert answer.status_code == 201
    assert (answer.json()["starts_on"], answer.json()["ends_on"]) == (str(EXAM_ON), str(last_day(EXAM_ON)))
    assert answer.json()["document"]["document_id"] is None


async def test_a_typed_document_may_lack_its_own_date_and_series(person):
    body = typed(series=None, issued_on=None)
    answer = await person.call("POST", "", json=body)
    assert answer.status_code == 201
    assert answer.json()["document"]["issued_on"] == str(EXAM_ON)


@pytest.mark.req("CYC-02")
@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({**TYPED, "starts_on": "2026-01-01"}, "/starts_on", "extra_forbidden"),
        ({**TYPED, "ends_on": "2031-01-01"}, "/ends_on", "extra_forbidden"),
        (typed(ends_on="2031-01-01"), "/document/ends_on", "extra_forbidden"),
        (typed(exam_on="2999-01-01"), "/document/exam_on", "future"),
        (typed(number="0000"), "/document/number", "zeros"),
        (typed(kind="diploma"), "/document/kind", "enum"),
        ({**TYPED, "specialty_key": "VO-999"}, "/specialty_key", "unknown"),
        ({}, "/", "value_error"),
        ({"specialty_key": "VO-027"}, "/", "value_error"),
        ({**TYPED, "document_id": str(uuid4())}, "/", "value_error"),
    ],
)
async def test_what_cannot_open_a_cycle_is_named_field_by_field(person, body, pointer, code):
    answer = await person.call("POST", "", json=body)
    assert answer.status_code == 422
    assert (pointer, code) in {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert (await person.get())["items"] == []


@pytest.mark.req("CYC-03")
async def test_another_persons_document_opens_nothing(person, stranger):
    document_id = await person.document()
    answer = await stranger.call("POST", "", json={"document_id": str(document_id)})
    assert answer.status_code == 404
    assert (await stranger.get("/offers"))["items"] == []
    unknown = await person.call("POST", "", json={"document_id": str(uuid4())})
    assert unknown.status_code == 404


async def test_a_person_the_register_does_not_name_has_no_offers(person):
    await person.document()
    person.claims = {"spec": None}
    assert (await person.get("/offers"))["items"] == []


@pytest.mark.req("CYC-02")
async def test_a_running_cycle_of_the_specialty_refuses_a_second_one(person):
    cycle = await person.open()
    again = await person.call("POST", "", json={"document_id": cycle["document"]["document_id"]})
    assert (again.status_code, again.json()["code"]) == (409, "document_taken")
    other = await person.call("POST", "", json=TYPED)
    assert (other.status_code, other.json()["code"]) == (409, "cycle_overlaps")
    assert "Кардиология" in other.json()["detail"]
    assert other.json()["cycle_id"] == cycle["cycle_id"]
    elsewhere = await person.call("POST", "", json={**TYPED, "specialty_key": "VO-097"})
    assert elsewhere.status_code == 201


async def test_a_cycle_that_is_over_does_not_stand_in_the_way(person):
    old = EXAM_ON - timedelta(days=1823)
    ended = await person.open(exam_on=old, issued_on=old, valid_until=EXAM_ON + timedelta(days=2))
    assert ended["closed"] is True
    await person.open()
    assert len((await person.get())["items"]) == 2


async def test_of_two_requests_at_once_one_opens_the_cycle(person):
    answers = await asyncio.gather(*[person.call("POST", "", json=TYPED) for _ in range(6)])
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


async def test_the_same_idempotency_key_opens_one_cycle(person, told):
    await told()
    headers = {"idempotency-key": "press-1"}
    first = await person.call("POST", "", json=TYPED, headers=headers)
    second = await person.call("POST", "", json=TYPED, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(await told()) == 1


@pytest.mark.req("CYC-04", "T16")
async def test_only_the_preferred_organisation_can_be_edited(person):
    cycle = await person.open()
    organization = str(uuid4())
    path = f"/{cycle['cycle_id']}"
    changed = await person.call(
        "PATCH", path, json={"preferred_organization_id": organization}, headers={"if-match": '"1"'}
    )
    assert changed.status_code == 200
    assert (changed.json()["preferred_organization_id"], changed.headers["etag"]) == (organization, '"2"')
    stale = await person.call(
        "PATCH", path, json={"preferred_organization_id": None}, headers={"if-match": '"1"'}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    for name, value in (("ends_on", "2040-01-01"), ("specialty_key", "VO-001"), ("document", {})):
        refused = await person.call(
            "PATCH", path, json={name: value, "preferred_organization_id": organization}
        )
        assert (refused.status_code, refused.json()["code"]) == (422, "immutable_field")
        assert [error["pointer"] for error in refused.json()["errors"]] == [f"/{name}"]
    assert (await person.call("PATCH", path, json={})).status_code == 422
    assert (await person.get(path))["version"] == 2
    emptied = await person.call("PATCH", path, json={"preferred_organization_id": None})
    assert emptied.json()["preferred_organization_id"] is None


@pytest.mark.req("CYC-04")
async def test_a_cycle_is_deleted_while_nothing_hangs_on_it(person, told):
    cycle = await person.open()
    item = await person.planned(cycle)
    path = f"/{cycle['cycle_id']}"
    refused = await person.call("DELETE", path)
    assert (refused.status_code, refused.json()["code"]) == (409, "cycle_in_use")
    assert (await person.call("DELETE", f"{path}/plan/items/{item['plan_item_id']}")).status_code == 204
    await told()
    assert (await person.call("DELETE", path)).status_code == 204
    ((name, data, _),) = await told()
    assert (name, data["completed"]) == ("cycle.closed", False)
    assert (await person.get())["items"] == []
    assert (await person.call("GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"preferred_organization_id": None}),
        ("DELETE", "", None),
        ("GET", "/plan", None),
        ("POST", "/plan/items", {"element_id": str(uuid4())}),
        ("DELETE", f"/plan/items/{uuid4()}", None),
        ("GET", "/ledger", None),
        ("GET", "/progress", None),
    ],
)
async def test_another_persons_cycle_does_not_exist(person, stranger, method, tail, body):
    cycle = await person.open()
    answer = await stranger.call(method, f"/{cycle['cycle_id']}{tail}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        ({"roles": ["org_staff"]}, 403, "forbidden"),
        ({"roles": ["partner"]}, 403, "forbidden"),
        ({"consent": False}, 403, "consent_required"),
        ({"entry": "conflict"}, 403, "entry_restricted"),
        ({"entry": "weak"}, 403, "entry_restricted"),
        ({"entry": "limited"}, 403, "entry_restricted"),
    ],
)
async def test_only_an_admitted_specialist_with_consent_gets_in(person, claims, status, code):
    person.claims = claims
    answer = await person.call("GET", "")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_without_a_token_nothing_is_shown(anonymous):
    assert (await anonymous.get("/api/v1/cycles")).status_code == 401


@pytest.mark.req("REG-10")
async def test_first_cycle_needs_a_diploma_or_the_questionnaire(person):
    somebody = person.newcomer()
    document_id = str(await somebody.document())
    for body in ({"document_id": document_id}, TYPED):
        refused = await somebody.call("POST", "", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "questionnaire_required")
    await person.fill_questionnaire()
    assert (await somebody.call("POST", "", json=TYPED)).status_code == 409, "another person's does not count"
    await somebody.fill_questionnaire()
    assert (await somebody.call("POST", "", json={"document_id": document_id})).status_code == 201


@pytest.mark.req("REG-10")
async def test_person_outside_the_register_opens_a_cycle_on_the_questionnaire(person):
    somebody = person.newcomer()
    somebody.claims = {"spec": None}
    assert (await somebody.call("POST", "", json=TYPED)).json()["code"] == "questionnaire_required"
    await somebody.fill_questionnaire()
    assert (await somebody.call("POST", "", json=TYPED)).status_code == 201


@pytest.mark.req("REG-10")
async def test_diploma_of_the_register_is_enough(person):
    somebody = person.newcomer()
    await somebody.graduate()
    await somebody.graduate()
    assert (await somebody.call("POST", "", json=TYPED)).status_code == 201
