"""Upkeep of the reference books by services and administrators: state, fetch, pin, successors."""
