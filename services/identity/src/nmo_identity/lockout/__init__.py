"""Counting tries at signing in, before any password is compared (REG-08, security D11)."""
