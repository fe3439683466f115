"""Consent to the passing on of data: versioned texts, append-only answers (SSO-03)."""
