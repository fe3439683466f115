"""A plain OpenID Connect provider, by the book: what a further sign-in service looks like."""
