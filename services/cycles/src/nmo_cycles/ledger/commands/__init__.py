"""Use cases that add entries to the ledger."""
