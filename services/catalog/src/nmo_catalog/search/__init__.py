"""Search over published elements (CAT-02)."""
