"""SCR-29, 30, 37, 38: training applications."""
