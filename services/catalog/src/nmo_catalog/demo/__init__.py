"""Invented organisations and elements for demonstrations and tests."""
