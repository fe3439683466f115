"""Use cases of reference books."""
