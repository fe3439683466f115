"""Names of specialties."""
