"""People with roles: of one organisation, or of the portal (SCR-50, ROL-03)."""
