"""SCR-49: the work place of support."""
