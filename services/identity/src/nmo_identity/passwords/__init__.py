"""Passwords of local accounts: what is taken for one, how it is kept, when it grows old (REG-06, security D12)."""
