"""What every stand-in shares: the application's frame, faults, kept state, pages."""
