"""A sink for text messages."""
