"""Use cases of open sessions."""
