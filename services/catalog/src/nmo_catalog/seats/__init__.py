"""Seats held for applications, never oversold (CAT-07)."""
