"""Consents: each purpose on its own page, what stands, taking back, receipts (SCR-10, SCR-41; SSO-03..05)."""
