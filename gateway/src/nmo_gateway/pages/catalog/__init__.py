"""SCR-25, 26, 27, 28: the catalogue, its cards, organisations."""
