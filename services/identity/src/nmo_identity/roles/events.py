"""Memberships as events."""

from __future__ import annotations

from typing import cast

from nmo_contracts.identity import MembershipGrantedV1, MembershipRevokedV1, Role
from nmo_identity.roles.tables import Membership


def granted(row: Membership) -> MembershipGrantedV1:
    """The person acts in the role from now."""
    return MembershipGrantedV1(
        person_id=row.person_id, organization_id=row.organization_id, role=cast("Role", row.role)
    )


def revoked(row: Membership) -> MembershipRevokedV1:
    """The role is taken away."""
    return MembershipRevokedV1(
        person_id=row.person_id, organization_id=row.organization_id, role=cast("Role", row.role)
    )
