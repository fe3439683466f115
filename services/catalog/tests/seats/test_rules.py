"""Why a seat is refused."""

from datetime import date

import pytest

from nmo_catalog.seats.rules import Refusal, refusal

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("published", "starts_on", "reason"),
    [
        (False, date(2026, 12, 1), Refusal.ARCHIVED),
        (False, date(2026, 1, 1), Refusal.ARCHIVED),
        (True, date(2026, 11, 20), Refusal.STARTED),
        (True, date(2026, 11, 21), Refusal.NO_SEATS),
        (True, None, Refusal.NO_SEATS),
    ],
)
def test_the_first_reason_that_applies_is_named(published, starts_on, reason):
    assert refusal(published=published, starts_on=starts_on, today=TODAY) == reason
