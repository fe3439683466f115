"""Limits: request sizes, rates per address and per person (GWY-03)."""
