"""Settings of security: two-step sign-in, recovery codes, password."""
