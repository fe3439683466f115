"""Reading ЕСИА's REST answers."""

from datetime import date
from typing import Any

import pytest

from nmo_identity.esia import person
from nmo_identity.providers.port import ContactProof, DocumentProof, ProviderRefusal


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", None),
        ("-", None),
        ("Нет", None),
        ("б/о", None),
        ("  Анна  Мария ", "Анна Мария"),
        (None, None),
        (5, None),
    ],
)
def test_absent_patronymic(value: object, expected: str | None) -> None:
    assert person.optional_text({"middleName": value}, "middleName") == expected


def test_name_is_required() -> None:
    with pytest.raises(ProviderRefusal, match="person_incomplete"):
        person.name({}, "lastName")


@pytest.mark.req("MAT-02")
@pytest.mark.parametrize(
    ("value", "expected"),
    [("123-456-789 64", "12345678964"), ("12345678964", "12345678964"), (None, None), ("", None)],
)
def test_number_with_and_without_signs(value: object, expected: str | None) -> None:
    assert person.snils({"snils": value}) == expected


@pytest.mark.req("MAT-02")
def test_number_with_wrong_control_is_refused() -> None:
    with pytest.raises(ProviderRefusal, match="person_snils_control"):
        person.snils({"snils": "123-456-789 65"})


def test_birth_date() -> None:
    assert person.birth_date({"birthDate": "17.03.1984"}) == date(1984, 3, 17)
    assert person.birth_date({"birthDate": "1984-03-17"}) is None
    assert person.birth_date({}) is None


@pytest.mark.req("SSO-02")
@pytest.mark.parametrize(("answer", "expected"), [
    ({"trusted": True, "status": "REGISTERED"}, True), ({"trusted": True}, True), ({"trusted": "true"}, False),
    ({"trusted": 1}, False), ({}, False), ({"trusted": True, "status": "BLOCKED"}, False),
])  # fmt: skip
def test_only_a_registered_trusted_account_is_confirmed(answer: dict[str, Any], expected: bool) -> None:
    assert person.is_confirmed(answer) is expected


def test_verified_contact_comes_first() -> None:
    contacts = [
        {"type": "EML", "vrfStu": "NOT_VERIFIED", "value": "a@example.org"},
        {"type": "EML", "vrfStu": "VERIFIED", "value": "b@example.org"},
        {"type": "MBT", "vrfStu": "NOT_VERIFIED", "value": "+7(900)0001000"},
    ]
    assert person.contact(contacts, "EML") == ContactProof("b@example.org", verified=True)
    assert person.contact(contacts, "MBT") == ContactProof("+79000001000", verified=False)
    assert person.contact([], "EML") is None


def test_documents_are_known_by_kind_alone() -> None:
    found = person.documents(
        [
            {"type": "RF_PASSPORT", "vrfStu": "VERIFIED", "series": "0000", "number": "123456"},
            {"type": "MDCL_PLCY", "vrfStu": "NOT_VERIFIED"},
            {"vrfStu": "VERIFIED"},
        ]
    )
    assert found == (DocumentProof("RF_PASSPORT", verified=True), DocumentProof("MDCL_PLCY", verified=False))
    assert "123456" not in repr(found)
