"""Accounts, proofs, consents, roles, tokens: who a person is."""
