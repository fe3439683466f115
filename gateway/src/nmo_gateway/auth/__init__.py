"""Signing in and out of a browser (SSO-01, SSO-08, SSO-10)."""
