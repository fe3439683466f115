"""Contacts of the person, and the link that takes a change back."""
