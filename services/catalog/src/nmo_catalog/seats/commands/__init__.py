"""Use cases that change seats."""
