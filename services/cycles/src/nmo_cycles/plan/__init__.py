"""The individual plan of a cycle (CYC-06, CYC-08)."""
