"""The person's own journal in this service (AUD-01)."""
