"""Arithmetic of the ledger. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

THRESHOLDS: Final = (50, 80, 100)
"""Shares of the portal's norm, in per cent, that the person hears of (CYC-10)."""
CENT: Final = Decimal("0.01")
MOST: Final = Decimal("9999.99")


def credited(zet: Decimal) -> Decimal:
    """Credits as the ledger keeps them: positive, two digits.

    Raises:
        ValueError: not a number of credits that an element can bring.
    """
    rounded = zet.quantize(CENT)
    if rounded != zet or not CENT <= rounded <= MOST:
        raise ValueError("credits must be positive, below 10 000, with at most two digits")
    return rounded


def reversal_source(entry_id: object) -> str:
    """Source of the entry that takes another one back; unique like every source, so that happens once."""
    return f"reversal/{entry_id}"


def application_source(application_id: object) -> str:
    """Source of the credit for a completed application."""
    return f"application/{application_id}"
