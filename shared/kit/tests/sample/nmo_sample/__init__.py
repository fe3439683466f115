"""A package with the kit tables only, for tests of the kit."""
