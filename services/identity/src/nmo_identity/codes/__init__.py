"""One-time codes: six digits, ten minutes, five tries that are counted before anything is compared (security T9)."""
