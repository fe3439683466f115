"""Documents a person adds by hand because the register does not show them yet: scan, verification, replacement."""
