"""Organisations, educational elements, seats and search."""
