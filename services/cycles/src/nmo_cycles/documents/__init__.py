"""Copy of the documents that admit to work, fed by the registry (CYC-03)."""
