"""The whole register loaded into the mirror by processes that are killed on the way, and compared with its source."""
