"""Registering partners' systems and portals (PAR-01)."""
