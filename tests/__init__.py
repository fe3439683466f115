"""Tests of the whole system. A package with a file of its own: some libraries install a top-level `tests` too."""
