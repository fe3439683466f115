"""Use cases that change the copied documents."""
