"""One's own register card: what the federal register knows of the person, and how fresh that is."""
