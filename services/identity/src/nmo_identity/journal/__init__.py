"""The person's own journal of actions (AUD-01)."""
