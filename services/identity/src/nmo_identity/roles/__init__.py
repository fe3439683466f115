"""Roles: grants by СНИЛС, memberships of persons (ROL-01)."""
