"""Partners' registrations, for the administrator."""
