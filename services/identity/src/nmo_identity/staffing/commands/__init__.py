"""Use cases of staffing."""
