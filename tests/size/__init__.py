"""Hot queries at the size of the real thing: plans without sequential scans of big tables."""
