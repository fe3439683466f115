"""Copies of the catalogue's programmes and of the register's answers that applications need."""
