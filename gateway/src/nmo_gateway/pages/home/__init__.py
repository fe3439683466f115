"""SCR-15: the cabinet's first page."""
