"""Use cases of linking."""
