"""SCR-24: the individual plan."""
