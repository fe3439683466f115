"""A provider says that a person signed out there: their sessions through it end here too (back-channel logout)."""
