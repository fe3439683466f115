"""What a person submits and an organisation decides."""
