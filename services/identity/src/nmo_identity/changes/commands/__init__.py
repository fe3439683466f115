"""Use cases of approved changes."""
