"""Use cases of partners' registrations."""
