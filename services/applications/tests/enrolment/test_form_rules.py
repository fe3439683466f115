"""The form: what is hidden, what is asked for, who may study on the budget."""

import pytest

from nmo_applications.enrolment.form_rules import Employer, Form, employer_of, faults, normalised

BASES = ["budget", "contract", "contract_foms"]
REGIONS = {"77", "78"}
STATE = Employer(oid="1.2.3", name="ГБУЗ «Городская больница № 7»", state_budget=True)
PRIVATE = Employer(oid="4.5.6", name="ООО «Клиника»", state_budget=False)
FULL = {
    "employment": "employed",
    "position": "Врач-кардиолог",
    "workplace_name": "ГБУЗ «Городская больница № 7»",
    "workplace_address": "г. Москва",
    "region_code": "77",
    "basis": "contract",
    "payer": "person",
}


def found(employers=(STATE, PRIVATE), bases=BASES, **values):
    form = normalised(Form(**(FULL | values)))
    return [
        (fault.pointer, fault.code)
        for fault in faults(form, bases=bases, regions=REGIONS, employers=employers)
    ]


def test_a_full_form_has_no_faults():
    assert found() == []


@pytest.mark.req("APP-02")
@pytest.mark.parametrize(
    ("field", "pointer"),
    [
        ("employment", "/employment"),
        ("position", "/position"),
        ("workplace_name", "/workplace_name"),
        ("workplace_address", "/workplace_address"),
        ("region_code", "/region_code"),
        ("basis", "/basis"),
        ("payer", "/payer"),
    ],
)
@pytest.mark.parametrize("empty", [None, "", "   "])
def test_each_field_is_asked_for(field, pointer, empty):
    assert found(**{field: empty}) == [(pointer, "required")]


@pytest.mark.req("APP-02")
def test_not_working_hides_position_and_place():
    form = normalised(Form(**(FULL | {"employment": "unemployed", "employer_oid": "1.2.3"})))
    assert (form.position, form.workplace_name, form.workplace_address, form.employer_oid) == (None,) * 4
    assert found(employment="unemployed") == []


@pytest.mark.req("APP-03")
def test_payer_belongs_to_the_contract_basis_alone():
    assert normalised(Form(**(FULL | {"basis": "contract_foms"}))).payer is None
    assert found(basis="contract_foms") == []
    assert found(payer="state") == [("/payer", "unknown")]


@pytest.mark.req("APP-03")
@pytest.mark.parametrize(
    ("values", "employers", "expected"),
    [
        ({}, (STATE,), []),
        ({"workplace_name": "гбуз городская  больница №7"}, (STATE,), []),
        ({"workplace_name": "ООО «Клиника»"}, (STATE, PRIVATE), [("/basis", "not_state_budget")]),
        ({"workplace_name": "Больница, которой нет в регистре"}, (STATE,), [("/basis", "not_state_budget")]),
        ({"workplace_name": "Как угодно", "employer_oid": "1.2.3"}, (STATE, PRIVATE), []),
        ({"employer_oid": "4.5.6"}, (STATE, PRIVATE), [("/basis", "not_state_budget")]),
        ({}, (), [("/basis", "not_state_budget")]),
        ({}, None, [("/basis", "not_state_budget")]),
        ({"employment": "unemployed"}, (STATE,), [("/basis", "not_state_budget")]),
    ],
)
def test_budget_only_for_staff_of_a_state_budget_institution(values, employers, expected):
    assert found(employers=employers, basis="budget", **values) == expected


def test_basis_must_be_one_of_the_programme():
    assert found(bases=["budget"]) == [("/basis", "not_offered")]


def test_unknown_region_and_long_text():
    assert found(region_code="999") == [("/region_code", "unknown")]
    assert found(position="ы" * 301) == [("/position", "too_long")]


def test_blanks_are_tidied():
    assert normalised(Form(position="  Врач \n кардиолог ")).position == "Врач кардиолог"


def test_employer_is_found_by_choice_before_name():
    form = Form(**(FULL | {"employer_oid": "4.5.6"}))
    assert employer_of(form, [STATE, PRIVATE]) == PRIVATE
