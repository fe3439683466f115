"""Pure rules of accounts: names, levels of proof, who holds a number (security 2.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import IntEnum
from typing import Literal
from uuid import UUID

Verdict = Literal["take", "take_from_holder", "refuse"]
State = Literal["unverified", "active", "frozen", "closed"]
Move = Literal["verify", "expire", "freeze", "thaw", "close"]
FreezeReason = Literal["stronger_proof", "risk", "support"]

LOCAL = "local"
"""Key of accounts with a password of this portal."""
NOBODY = UUID(int=0)
"""Looked for where there is no account, so that it takes as long."""
LIVE: frozenset[str] = frozenset({"unverified", "active"})
"""States whose sessions open something; what an unverified account may do is the policy's matter."""
UNVERIFIED_LIFETIME = timedelta(hours=72)
"""An account nobody confirmed is closed then; until then it reserves nothing (security L11)."""
_MOVES: dict[tuple[str, str], State] = {
    ("unverified", "verify"): "active",
    ("unverified", "expire"): "closed",
    ("unverified", "freeze"): "frozen",
    ("active", "freeze"): "frozen",
    ("frozen", "thaw"): "active",
    ("unverified", "close"): "closed",
    ("active", "close"): "closed",
    ("frozen", "close"): "closed",
}


class IllegalMoveError(ValueError):
    """The state has no such way out."""


def state_after(state: str, move: Move, *, before: str | None = None) -> State:
    """The state a move leads to. A thawed account is what it was `before`: a thaw verifies nothing.

    Raises:
        IllegalMoveError: the move is not possible from this state; nothing leads out of `closed`.
    """
    found = _MOVES.get((state, move))
    if found is None:
        raise IllegalMoveError(f"{move} from {state}")
    if move == "thaw" and before == "unverified":
        return "unverified"
    return found


def thaws_by_sign_in(reason: str | None) -> bool:
    """True when a fresh sign-in of the same person through ЕСИА is enough (promise 21).

    A number taken by a stronger proof is another person's word against theirs: documents decide, through support.
    """
    return reason == "risk"


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


def may_overwrite(level: int, other_levels: Iterable[int]) -> bool:
    """True when a sign-in of this level may replace what is known: no other way in of the person proved more."""
    return all(level >= other for other in other_levels)


def full_name(last_name: str, first_name: str, patronymic: str | None) -> str:
    """«Смирнова Мария Викторовна»."""
    return " ".join(part for part in (last_name, first_name, patronymic) if part)


def short_name(last_name: str, first_name: str, patronymic: str | None) -> str:
    """«Смирнова М. В.»."""
    initials = " ".join(f"{part[0]}." for part in (first_name, patronymic) if part)
    return f"{last_name} {initials}".strip()
