"""The journey that `make demo` drives over HTTP, with its evidence."""
