"""SCR-21, 22, 23: five-year cycles."""
