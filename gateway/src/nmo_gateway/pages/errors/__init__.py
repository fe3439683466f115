"""SCR-51: what readers see when something is refused, absent or broken."""
