"""Use cases of documents added by hand."""
