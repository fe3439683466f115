"""Inbox, mail and partner deliveries."""
