"""Use cases that follow from progress."""
