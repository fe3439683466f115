"""Copy of the catalogue's elements, fed by its events."""
