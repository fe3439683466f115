"""Use cases that change what the portal knows of diplomas."""
