"""Use cases of contacts."""
