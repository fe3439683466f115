"""Copy of the applications' states, and what their moves do to cycle and ledger."""
