"""Benches: each figure is a ratio of two things measured in one run, in interleaved rounds, on loopback."""
