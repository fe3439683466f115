"""Use cases of the comparison."""
