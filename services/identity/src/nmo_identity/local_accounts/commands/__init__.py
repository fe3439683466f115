"""Use cases of local accounts."""
