"""Use cases of the second step."""
