"""Proving again who one is before a risky action."""
