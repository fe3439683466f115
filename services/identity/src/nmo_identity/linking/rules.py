"""Pure rules of linking: what a proof is bound to, and what becomes of two proven sides (security L1 … L10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

FLOW_LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5
"""Wrong passwords or codes of one flow; the counters of passwords and codes stand beside."""
PROVEN_NUMBER = 2
"""From this level on a number tells who a person is: matched in the register, or proven by ЕСИА."""
CLOCK_SKEW = timedelta(seconds=10)

Direction = Literal["to_provider", "to_local"]
Verdict = Literal["attach", "bring", "go", "already", "other_identity", "other_person", "taken"]
TIES = frozenset({"attach", "bring", "go"})


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two persons a link would tie."""

    issuers: frozenset[str]
    """Of the ways in they have."""
    touched: bool
    """They agreed to something or hold a role: data of other services hang on the person."""
    number: bytes | None
    number_level: int


def verdict_of(
    mine: Side,
    other: Side | None,
    *,
    issuer: str,
    same_person: bool,
    number: bytes | None,
    number_level: int,
) -> Verdict:
    """What becomes of a way in of `issuer` that was proven beside `mine`; `other` is the person it belongs to now.

    `attach`: it is nobody's yet and becomes mine. `bring`: its person was never used, so it comes over to mine. `go`: mine
    was never used, so my way in goes over to them. Never are two used persons joined (`taken`): that is for support, on
    documents. `number` is what the other side proves; two proven numbers that differ are two people.
    """
    both_proven = mine.number_level >= PROVEN_NUMBER and number_level >= PROVEN_NUMBER
    refusals: tuple[tuple[bool, Verdict], ...] = (
        (same_person, "already"),
        (issuer in mine.issuers, "other_identity"),
        (both_proven and mine.number != number, "other_person"),
        (other is not None and len(other.issuers) > 1, "taken"),
    )
    for holds, verdict in refusals:
        if holds:
            return verdict
    if other is None:
        return "attach"
    if not other.touched:
        return "bring"
    return "taken" if mine.touched or len(mine.issuers) > 1 else "go"


@dataclass(frozen=True, slots=True)
class Presented:
    """What somebody who finishes a link shows, compared with the flow."""

    found: bool
    same_browser: bool
    same_session: bool
    same_account: bool
    same_provider: bool
    consumed: bool
    expires_at: datetime | None


def refusal_of_flow(shown: Presented, now: datetime) -> tuple[str, str] | None:
    """Code and reason why a link cannot be finished; None when it can. The first fault counts (security L3, L4)."""
    checks = (
        (shown.found, "link_state_invalid", "state_unknown"),
        (shown.same_browser, "link_state_invalid", "other_browser"),
        (shown.same_session, "link_state_invalid", "other_session"),
        (shown.same_account, "link_state_invalid", "other_account"),
        (shown.same_provider, "link_state_invalid", "other_provider"),
        (not shown.consumed, "link_used", "proof_used"),
        (shown.expires_at is not None and shown.expires_at > now, "link_state_invalid", "flow_expired"),
    )
    return next(((code, reason) for holds, code, reason in checks if not holds), None)


def is_fresh(auth_time: datetime | None, started_at: datetime) -> bool:
    """The password was typed at the provider for this link: a session it still had proves no presence (security L2)."""
    return auth_time is not None and auth_time >= started_at - CLOCK_SKEW


def may_untie(live: int) -> bool:
    """The last way in stays (security L9)."""
    return live > 1


def mask_email(address: str) -> str:
    """`m•••@mail.example.org`: enough for the owner, too little for others."""
    name, _, host = address.partition("@")
    return f"{name[:1]}•••@{host}"
