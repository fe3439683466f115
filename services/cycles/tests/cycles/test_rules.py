"""Sections and dates of cycles."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmo_cycles.cycles.rules import Section, Span, last_day, section_of, span_of
from nmo_cycles.documents.rules import Document, DocumentKind


@pytest.mark.req("CYC-01")
@pytest.mark.parametrize(
    ("issued_on", "section"),
    [
        (date(2015, 12, 31), Section.CERTIFICATION),
        (date(2016, 1, 1), Section.ACCREDITATION),
        (date(2012, 5, 25), Section.CERTIFICATION),
        (date(2026, 6, 15), Section.ACCREDITATION),
    ],
)
def test_the_documents_date_chooses_the_section(issued_on, section):
    assert section_of(issued_on) is section


@pytest.mark.req("CYC-02")
@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2016, 5, 25), date(2021, 5, 24)),
        (date(2026, 1, 1), date(2030, 12, 31)),
        (date(2024, 2, 29), date(2029, 2, 28)),
        (date(2023, 3, 1), date(2028, 2, 29)),
        (date(2023, 2, 28), date(2028, 2, 27)),
    ],
)
def test_five_years_less_a_day(starts_on, ends_on):
    assert last_day(starts_on) == ends_on


@pytest.mark.req("CYC-02")
@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_the_next_cycle_would_begin_on_the_fifth_anniversary(starts_on):
    following = last_day(starts_on) + timedelta(days=1)
    assert following.year == starts_on.year + 5
    expected = (3, 1) if (starts_on.month, starts_on.day) == (2, 29) else (starts_on.month, starts_on.day)
    assert (following.month, following.day) == expected


def document(**values):
    base = {
        "kind": DocumentKind.ACCREDITATION,
        "series": "",
        "number": "1",
        "issued_on": date(2026, 6, 20),
        "exam_on": date(2026, 6, 15),
    }
    return Document(**base | values)


@pytest.mark.req("CYC-02")
@pytest.mark.parametrize(
    ("valid_until", "ends_on"),
    [
        (None, date(2031, 6, 14)),
        (date(2031, 6, 19), date(2031, 6, 19)),
        (date(2032, 6, 14), date(2032, 6, 14)),
        (date(2026, 6, 15), date(2031, 6, 14)),
        (date(2020, 1, 1), date(2031, 6, 14)),
    ],
)
def test_the_registers_end_date_goes_first(valid_until, ends_on):
    assert span_of(document(valid_until=valid_until)) == Span(date(2026, 6, 15), ends_on)


@pytest.mark.parametrize(
    ("other", "overlaps"),
    [
        (Span(date(2021, 5, 25), date(2026, 5, 24)), False),
        (Span(date(2021, 5, 24), date(2026, 5, 23)), True),
        (Span(date(2010, 1, 1), date(2016, 5, 25)), True),
        (Span(date(2010, 1, 1), date(2016, 5, 24)), False),
        (Span(date(2017, 1, 1), date(2018, 1, 1)), True),
    ],
)
def test_one_common_day_is_an_overlap(other, overlaps):
    first = Span(date(2016, 5, 25), date(2021, 5, 24))
    assert first.overlaps(other) is overlaps
    assert other.overlaps(first) is overlaps
