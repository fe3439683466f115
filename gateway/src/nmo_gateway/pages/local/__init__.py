"""The portal's own accounts: signing in by password, registering, confirming the address, the password (SCR-03 … 08)."""
