"""Projection and matching as pure rules."""

from uuid import uuid4

import pytest

from nmo_contracts import partner as public
from nmo_contracts.registry_of_events import EVENT_TYPES
from nmo_notifications.partners.rules import (
    OFFERED,
    is_client_id,
    project,
    pseudonym,
    public_event_id,
    short_type,
    takes,
)

ORGANIZATION = uuid4()
DATA = {
    "application_id": str(uuid4()),
    "number": "NMO-0000001-2026",
    "person_id": str(uuid4()),
    "cycle_id": str(uuid4()),
    "plan_item_id": str(uuid4()),
    "element_id": str(uuid4()),
    "organization_id": str(ORGANIZATION),
    "occurred_at": "2026-11-01T09:30:00Z",
    "certificate_number": "77-1",
    "zet": "72.00",
    "total_zet": "144.00",
    "reason_code": "x",
}


@pytest.mark.req("PAR-05")
@pytest.mark.parametrize("type_name", sorted(EVENT_TYPES))
def test_only_listed_types_leave_and_only_with_listed_fields(type_name):
    fact = project(type_name, DATA)
    allowed = {"applications.application", "cycles.cycle", "cycles.credit"}
    withheld = {"drafted", "reversed", "document_lost", "document_found"}
    if ".".join(type_name.split(".")[:2]) not in allowed or type_name.split(".")[2] in withheld:
        assert fact is None
        return
    assert fact is not None
    assert fact.type_name in OFFERED
    model = next(model for model in public.EVENTS if model.type_name == fact.type_name)
    assert set(fact.fields) <= set(model.model_fields)
    assert not {"person_id", "certificate_number", "cycle_person"} & set(fact.fields)


@pytest.mark.parametrize(
    ("organizations", "organization", "wanted"),
    [
        ([], None, True),
        ([], ORGANIZATION, True),
        ([ORGANIZATION], ORGANIZATION, True),
        ([ORGANIZATION], uuid4(), False),
        ([ORGANIZATION], None, False),
    ],
)
def test_filter_by_organisation(organizations, organization, wanted):
    types = ["partner.credit.recorded.v1"]
    found = takes(types, organizations, type_name=types[0], organization_id=organization)
    assert found is wanted
    assert not takes(types, organizations, type_name="partner.other.v1", organization_id=organization)


def test_ids_are_stable_and_differ_by_partner():
    internal = uuid4()
    assert public_event_id(internal, "t", "a") == public_event_id(internal, "t", "a")
    assert public_event_id(internal, "t", "a") != public_event_id(internal, "t", "b")
    assert pseudonym(b"1" * 32) != pseudonym(b"2" * 32)


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("partner-demo", True),
        ("a", True),
        ("A", False),
        ("a.b", False),
        ("-a", False),
        ("a" * 61, False),
        ("", False),
    ],
)
def test_client_ids(text, fit):
    assert is_client_id(text) is fit


def test_types_with_and_without_the_prefix():
    assert short_type("ru.nmo.partner.credit.recorded.v1") == "partner.credit.recorded.v1"
