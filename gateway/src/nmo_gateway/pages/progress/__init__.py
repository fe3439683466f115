"""SCR-20, 34: progress by year, norms, ledger."""
