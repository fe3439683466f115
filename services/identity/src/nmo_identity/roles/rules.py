"""Pure rules of roles: which there are, who gives them to whom, where a person works (ROL-01, ROL-03, P20)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

STAFF_ROLES = frozenset({"org_staff", "org_admin", "head", "hr", "support", "admin"})
ORGANIZATION_ROLES = frozenset({"org_staff", "org_admin", "head", "hr"})
SPECIALIST = "specialist"
TITLES = {
    "specialist": "Специалист",
    "org_staff": "Сотрудник организации",
    "org_admin": "Администратор организации",
    "head": "Руководитель медицинской организации",
    "hr": "Сотрудник кадровой службы",
    "support": "Сотрудник поддержки",
    "admin": "Администратор портала",
}
Held = tuple[str, UUID | None]
"""A role and the organisation it acts for; None for a role of the portal."""
_GIVES = {
    "admin": STAFF_ROLES,
    "org_admin": ORGANIZATION_ROLES,
    "head": frozenset({"hr"}),
}
"""Which roles each role may give and take: an administrator's of an organisation only there, the portal's everywhere."""
KEYS_OF_THE_HOUSE = frozenset({"admin", "org_admin"})
"""Roles without whose last holder nobody could give any."""


def may_give(holder: Held, wanted: Held) -> bool:
    """Whether somebody in one role may give, refuse or take another: never beyond their own scope (P20)."""
    role, organization = holder
    return wanted[0] in _GIVES.get(role, frozenset()) and (role == "admin" or organization == wanted[1])


def givers_of(wanted: Held) -> list[Held]:
    """In which roles somebody may decide on it."""
    return [
        holder
        for role in sorted(_GIVES)
        for holder in [(role, None if role == "admin" else wanted[1])]
        if may_give(holder, wanted)
    ]


def scope_of(held: Collection[Held], roles: Collection[str], organization: UUID | None) -> list[Held]:
    """Those of the roles held now that a token speaks for: neither an old token nor another work place adds any."""
    return [
        (role, place) for role, place in held if role in roles and (place is None or place == organization)
    ]


def check_grant(role: str, organization_id: object | None) -> None:
    """A role is known, and names an organisation exactly when it acts for one.

    Raises:
        ValueError: otherwise.
    """
    if role not in STAFF_ROLES:
        raise ValueError(f"unknown role {role}")
    if (role in ORGANIZATION_ROLES) != (organization_id is not None):
        raise ValueError(f"role {role}: organisation missing or out of place")
