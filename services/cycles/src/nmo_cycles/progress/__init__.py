"""Progress against the norms, with forecast and next step (CYC-10)."""
