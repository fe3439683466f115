"""Arithmetic of the ledger."""

from decimal import Decimal

import pytest

from nmo_cycles.ledger.rules import application_source, credited, reversal_source


@pytest.mark.req("CYC-09")
@pytest.mark.parametrize("zet", ["0.01", "1", "36.5", "72.00", "9999.99"])
def test_credits_are_kept_with_two_digits(zet):
    assert credited(Decimal(zet)) == Decimal(zet)
    assert credited(Decimal(zet)).as_tuple().exponent == -2


@pytest.mark.req("CYC-09")
@pytest.mark.parametrize("zet", ["0", "-1", "0.001", "72.005", "10000"])
def test_incredible_credits_are_refused(zet):
    with pytest.raises(ValueError, match="credits"):
        credited(Decimal(zet))


def test_sources_name_what_proves_the_entry():
    assert application_source("a") == "application/a"
    assert reversal_source("b") == "reversal/b"
