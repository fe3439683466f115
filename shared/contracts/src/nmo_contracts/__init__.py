"""Event payloads every service agrees on; depends on pydantic alone."""
