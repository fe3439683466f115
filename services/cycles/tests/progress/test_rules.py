"""Years, pace and forecast."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmo_cycles.cycles.rules import Span, last_day
from nmo_cycles.norms.rules import NOTHING, Component, Credit
from nmo_cycles.progress.rules import pace_of, years_of

START = date(2026, 6, 15)
SPAN = Span(START, last_day(START))


def credit(zet, earned_on):
    return Credit(Component.FORMAL, Decimal(zet), earned_on)


@pytest.mark.req("CYC-10")
def test_years_are_counted_from_the_first_day():
    years = years_of(SPAN, [credit(36, date(2027, 6, 14)), credit(18, date(2027, 6, 15))])
    assert [(year.from_on, year.to_on, year.zet) for year in years] == [
        (date(2026, 6, 15), date(2027, 6, 14), Decimal(36)),
        (date(2027, 6, 15), date(2028, 6, 14), Decimal(18)),
        (date(2028, 6, 15), date(2029, 6, 14), NOTHING),
        (date(2029, 6, 15), date(2030, 6, 14), NOTHING),
        (date(2030, 6, 15), date(2031, 6, 14), NOTHING),
    ]


def test_a_cycle_from_29_february_has_five_whole_years():
    start = date(2024, 2, 29)
    years = years_of(Span(start, last_day(start)), [])
    assert len(years) == 5
    assert (years[0].to_on, years[1].from_on, years[-1].to_on) == (
        date(2025, 2, 28),
        date(2025, 3, 1),
        date(2029, 2, 28),
    )


@pytest.mark.req("CYC-10", "CYC-09")
@given(
    st.dates(date(1995, 1, 1), date(2060, 1, 1)),
    st.integers(0, 400),
    st.lists(
        st.tuples(st.decimals(-100, 200, places=2), st.dates(date(1990, 1, 1), date(2070, 1, 1))), max_size=20
    ),
)
def test_the_years_cover_the_cycle_and_their_sums_are_the_ledgers(starts_on, prolonged, entries):
    span = Span(starts_on, last_day(starts_on) + timedelta(days=prolonged))
    credits_ = [credit(zet, day) for zet, day in entries]
    years = years_of(span, credits_)
    assert (years[0].from_on, years[-1].to_on) == (span.starts_on, span.ends_on)
    for earlier, later in pairwise(years):
        assert later.from_on == earlier.to_on + timedelta(days=1)
    assert sum((year.zet for year in years), NOTHING) == sum((item.zet for item in credits_), NOTHING)


@pytest.mark.req("CYC-10")
@pytest.mark.parametrize(
    ("total", "today", "per_month", "ends_with", "on_track"),
    [
        # 72 in the first months is a year's work until the year is over, not a monthly pace.
        (72, date(2026, 11, 21), "6.00", "360.00", True),
        (0, date(2026, 11, 21), "0.00", "0.00", False),
        (48, date(2026, 11, 21), "4.00", "240.00", False),
        (125, date(2028, 12, 14), "4.16", "249.73", False),
        (126, date(2028, 12, 14), "4.20", "251.72", True),
        (249, date(2031, 6, 14), "4.15", "249.00", False),
        (250, date(2031, 6, 14), "4.17", "250.00", True),
        (180, date(2032, 1, 1), "3.00", "180.00", False),
    ],
)
def test_the_forecast_follows_the_pace(total, today, per_month, ends_with, on_track):
    pace = pace_of(SPAN, Decimal(total), today=today)
    assert (str(pace.zet_per_month), str(pace.ends_with_zet)) == (per_month, ends_with)
    assert pace.on_track(Decimal(250)) is on_track


@pytest.mark.parametrize(
    ("today", "days", "months"),
    [
        (date(2026, 6, 15), 1825, 59),
        (date(2031, 6, 14), 0, 0),
        (date(2031, 7, 1), 0, 0),
        (date(2031, 5, 1), 44, 1),
    ],
)
def test_time_left(today, days, months):
    pace = pace_of(SPAN, NOTHING, today=today)
    assert (pace.days_left, pace.months_left) == (days, months)
