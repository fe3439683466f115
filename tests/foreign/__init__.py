"""Clients of ЕСИА that owe nothing to the portal's connector, run against the stand-in (SSO-06)."""
