"""Norms as dated data, judged side by side and never merged (CYC-07)."""
