"""The portal's own accounts: registration, activation, signing in by password (REG-01 … REG-08)."""
