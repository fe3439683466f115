"""Use cases that change the copied applications."""
