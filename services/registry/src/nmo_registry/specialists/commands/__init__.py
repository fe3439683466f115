"""Use cases of mirrored people."""
