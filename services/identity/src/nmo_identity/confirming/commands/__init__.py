"""Use cases of confirming a session."""
