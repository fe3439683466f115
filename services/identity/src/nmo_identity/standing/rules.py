"""Pure rules: which state of entry and which roles follow from confirmed account, consent and match."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal
from uuid import UUID

from nmo_contracts.identity import MatchOutcome

Entry = Literal[
    "full", "limited", "weak", "conflict", "unconfirmed", "unmatched", "checking", "unverified", "restricted"
]
Restriction = Literal["must_change_password", "must_confirm_contact", "must_confirm_links"]
"""A step that a session owes before anything else opens."""
_BY_OUTCOME: dict[MatchOutcome | None, Entry] = {
    None: "checking",
    "exact": "full",
    "equivalent": "full",
    "weak": "weak",
    "conflict": "conflict",
    "not_found": "limited",
}


def entry_state(
    *,
    confirmed: bool,
    is_staff: bool,
    consented: bool,
    outcome: MatchOutcome | None,
    weak_confirmed: bool,
    is_local: bool = False,
    restrictions: Collection[str] = (),
) -> Entry:
    """How far the cabinet is open (SSO-02, SSO-03, MAT-01, REG-02, REG-05).

    A session that owes a step opens nothing else. An unconfirmed account opens nothing whatever else is true; with
    `is_local` it waits for the link in the letter. Staff need no match of their own.
    """
    if restrictions:
        return "restricted"
    if not confirmed:
        return "unverified" if is_local else "unconfirmed"
    if is_staff:
        return "full"
    if not consented:
        return "unmatched"
    if outcome == "weak" and weak_confirmed:
        return "full"
    return _BY_OUTCOME[outcome]


def is_matched(*, consented: bool, outcome: MatchOutcome | None, weak_confirmed: bool) -> bool:
    """The register's record is known to be this person's."""
    return consented and (outcome in {"exact", "equivalent"} or (outcome == "weak" and weak_confirmed))


def chosen_organization(memberships: Iterable[tuple[str, UUID | None]], wanted: UUID | None) -> UUID | None:
    """The organisation a token speaks for: the wanted one if the person belongs to it, else the oldest one.

    Raises:
        ValueError: the person does not belong to the wanted one.
    """
    organizations = [organization for _, organization in memberships if organization is not None]
    if wanted is not None:
        if wanted not in organizations:
            raise ValueError("no membership in the organisation")
        return wanted
    return organizations[0] if organizations else None


OWN_CABINET = ("specialist", None)


def workplace_in_force(
    memberships: Iterable[tuple[str, UUID | None]], role: str | None, organization: UUID | None
) -> tuple[str, UUID | None] | None:
    """The chosen work place while the person still belongs there; None when nothing, or nothing valid, is chosen."""
    if role is None:
        return None
    chosen = (role, organization)
    return chosen if chosen == OWN_CABINET or chosen in list(memberships) else None


def roles_of(
    *,
    confirmed: bool,
    memberships: Iterable[tuple[str, UUID | None]],
    organization: UUID | None,
    matched: bool,
    workplace: tuple[str, UUID | None] | None = None,
) -> list[str]:
    """Roles of a token: those of the portal, those of the one organisation, and specialist (ROL-01).

    Each confirmed person is a specialist; a member of staff only once matched, because their entry needs no match.
    Who chose a work place has its role and no other.
    """
    if not confirmed:
        return []
    held = list(memberships)
    if workplace is not None:
        return [workplace[0]]
    roles = {role for role, place in held if place is None or place == organization}
    if matched or not held:
        roles.add("specialist")
    return sorted(roles)
