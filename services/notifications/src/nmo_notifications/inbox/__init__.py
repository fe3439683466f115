"""The cabinet's inbox: messages made from events, unread count, live stream (NOT-01)."""
