"""Use cases that change cycles."""
