"""Five-year cycles, plans and the credit ledger."""
