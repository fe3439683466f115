"""What becomes of applications, and what it does to plan, cycle and ledger."""
