"""Typed documents."""

from datetime import date

import pytest

from nmo_cycles.documents.rules import Document, DocumentKind, faults_of

TODAY = date(2026, 11, 21)


def faults(**values):
    base = {
        "kind": DocumentKind.ACCREDITATION,
        "series": "7726",
        "number": "031904517",
        "issued_on": date(2026, 6, 20),
        "exam_on": date(2026, 6, 15),
    }
    return [(fault.field, fault.code) for fault in faults_of(Document(**base | values), today=TODAY)]


@pytest.mark.req("CYC-02")
@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, []),
        ({"exam_on": date(2026, 11, 21), "issued_on": date(2026, 11, 21)}, []),
        (
            {"exam_on": date(2026, 11, 22), "issued_on": date(2026, 11, 22)},
            [("exam_on", "future"), ("issued_on", "future")],
        ),
        ({"exam_on": date(1989, 12, 31)}, [("exam_on", "too_early")]),
        ({"issued_on": date(2026, 6, 14)}, [("issued_on", "before_exam")]),
        ({"number": ""}, [("number", "required")]),
        ({"number": "0000000"}, [("number", "zeros")]),
        ({"number": "000 000-0"}, [("number", "zeros")]),
        ({"number": "", "kind": DocumentKind.PROTOCOL}, []),
        ({"number": "00000", "kind": DocumentKind.PROTOCOL}, []),
    ],
)
def test_each_fault_is_named_at_its_field(values, found):
    assert faults(**values) == found


def test_every_fault_has_a_russian_sentence():
    document = Document(DocumentKind.CERTIFICATE, "", "", date(2030, 1, 1), date(2031, 1, 1))
    for fault in faults_of(document, today=TODAY):
        assert any("а" <= char <= "я" for char in fault.message.lower())
