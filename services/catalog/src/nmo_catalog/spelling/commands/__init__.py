"""Use cases that change the list of words."""
