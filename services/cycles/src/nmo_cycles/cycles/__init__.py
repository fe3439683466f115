"""Five-year cycles: opened from a document, confirmed by an organisation (CYC-01 to CYC-05)."""
