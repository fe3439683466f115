"""Comparing a proven person with the register of medical workers (MAT-01, MAT-07)."""
