"""Telling other services a person's data, for a purpose, with a journal row for each person."""
