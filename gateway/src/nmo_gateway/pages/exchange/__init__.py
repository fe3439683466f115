"""Exchange with the registers, for the administrator."""
