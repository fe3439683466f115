"""Use cases of the provider, one grant per file."""
