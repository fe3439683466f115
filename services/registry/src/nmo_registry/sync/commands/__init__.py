"""Use cases of following the register."""
