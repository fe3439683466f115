"""SCR-16 personal data and SCR-40 the person's own journal."""
