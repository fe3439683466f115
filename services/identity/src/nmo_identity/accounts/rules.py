"""Pure rules of accounts: names, levels of proof, who holds a number (security 2.2)."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

Verdict = Literal["take", "take_from_holder", "refuse"]


class ProofLevel(IntEnum):
    """How strongly a datum is proven; a stronger proof wins the number."""

    NONE = 0
    SELF_TYPED = 1
    REGISTER_MATCHED = 2
    ESIA_PROVEN = 3


def claim_verdict(new_level: int, holder_level: int | None) -> Verdict:
    """Who gets a number that `holder_level` already holds (None: nobody).

    An equal proof is refused and never merged: support re-attributes data on documents.
    """
    if holder_level is None:
        return "take"
    return "take_from_holder" if new_level > holder_level else "refuse"


def full_name(last_name: str, first_name: str, patronymic: str | None) -> str:
    """«Смирнова Мария Викторовна»."""
    return " ".join(part for part in (last_name, first_name, patronymic) if part)


def short_name(last_name: str, first_name: str, patronymic: str | None) -> str:
    """«Смирнова М. В.»."""
    initials = " ".join(f"{part[0]}." for part in (first_name, patronymic) if part)
    return f"{last_name} {initials}".strip()
