"""Use cases of one-time codes."""
