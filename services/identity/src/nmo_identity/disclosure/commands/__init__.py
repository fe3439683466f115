"""Use case of disclosure."""
