"""Faults put into real evidence on purpose, one at a time: the checker must name each, and nothing else."""
