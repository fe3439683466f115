"""Names of specialties and regions that cards show."""
