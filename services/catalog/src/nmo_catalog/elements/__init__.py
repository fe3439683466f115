"""Educational elements: programme runs, events, modules (CAT-01)."""
