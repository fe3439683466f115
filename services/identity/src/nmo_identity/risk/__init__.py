"""Suspicious signs of an account: counted from the journal, and too many of them freeze it (promise 21)."""
