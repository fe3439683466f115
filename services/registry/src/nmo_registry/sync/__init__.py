"""Keeps the mirror equal to the register: follows its change feed, resumes anywhere, loses and repeats nothing."""
