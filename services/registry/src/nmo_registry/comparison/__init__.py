"""Differences between the register, Госуслуги and what was typed: what the person answers about each, kept as evidence."""
