"""Use cases of the match."""
