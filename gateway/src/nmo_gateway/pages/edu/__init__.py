"""SCR-47: work place of an educational organisation."""
