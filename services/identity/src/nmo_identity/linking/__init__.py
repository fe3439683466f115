"""Tying several ways in to one person: both sides proven, one proof for one use, nothing merged (security 2.2, D5)."""
