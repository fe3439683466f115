"""Use cases that change plans."""
