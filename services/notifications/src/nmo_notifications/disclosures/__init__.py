"""What partners were told of a person, for that person (AUD-03)."""
