"""The desk of those who verify documents: the queue by terms, one document, the decision."""
