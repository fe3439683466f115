"""Use cases that change elements."""
