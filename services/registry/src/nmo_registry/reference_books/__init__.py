"""Reference books (НСИ) with their versions: specialties, regions."""
