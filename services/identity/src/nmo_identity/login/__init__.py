"""Signing in through a provider: flows, refusals, sessions."""
