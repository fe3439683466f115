"""Educational organisations and their contacts (CAT-04)."""
