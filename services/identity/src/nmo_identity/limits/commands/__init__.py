"""Use cases of limits."""
