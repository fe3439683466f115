"""The person's own view: profile, consents, match, sessions."""
