"""Printed documents of an application: rendering, storing, and the public check of authenticity (APP-04)."""
