"""Connection to the service of reference books (НСИ)."""
