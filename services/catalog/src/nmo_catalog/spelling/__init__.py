"""Words of the catalogue, and the nearest of them to a mistyped one (CAT-02)."""
