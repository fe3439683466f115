"""Use cases of the lockout."""
