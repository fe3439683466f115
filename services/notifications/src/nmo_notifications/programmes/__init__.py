"""Titles of educational elements, so that a message can name what it is about."""
