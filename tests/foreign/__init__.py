"""Clients of ЕСИА that others published, run as they are against the stand-in (SSO-06)."""
