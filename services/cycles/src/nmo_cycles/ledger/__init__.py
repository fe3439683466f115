"""The append-only ledger of credits (CYC-09)."""
