"""Limits that hold across processes and crashes: bursts that refill (GCRA), and amounts per day."""
