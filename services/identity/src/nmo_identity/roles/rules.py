"""Pure rules of roles."""

from __future__ import annotations

STAFF_ROLES = frozenset({"org_staff", "org_admin", "head", "hr", "support", "admin"})
ORGANIZATION_ROLES = frozenset({"org_staff", "org_admin", "head", "hr"})


def check_grant(role: str, organization_id: object | None) -> None:
    """A role is known, and names an organisation exactly when it acts for one.

    Raises:
        ValueError: otherwise.
    """
    if role not in STAFF_ROLES:
        raise ValueError(f"unknown role {role}")
    if (role in ORGANIZATION_ROLES) != (organization_id is not None):
        raise ValueError(f"role {role}: organisation missing or out of place")
