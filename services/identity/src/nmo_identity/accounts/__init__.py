"""Accounts and proofs: who proved what, when, to whom."""
