"""Employments of a mirrored person for another service with a purpose (APP-02, APP-03)."""
