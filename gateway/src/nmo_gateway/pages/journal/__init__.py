"""The person's own journal out of all services (AUD-01)."""
