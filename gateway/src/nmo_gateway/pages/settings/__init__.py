"""Settings of one's own account: the hub and the pages that hang on it."""
