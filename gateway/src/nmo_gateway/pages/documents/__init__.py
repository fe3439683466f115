"""«Документы об образовании»: what the register shows, and what is added by hand while it does not (SCR-18)."""
