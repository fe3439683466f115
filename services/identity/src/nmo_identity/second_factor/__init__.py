"""Two-step sign-in of local accounts: an authenticator app, text messages, recovery codes (REG-13, P09)."""
