"""Letters: one job per message, sent by a worker, every attempt logged (NOT-01)."""
