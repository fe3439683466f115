"""Destruction of a person's data after the main consent is withdrawn, and the act that proves it (152-FZ; D16)."""
