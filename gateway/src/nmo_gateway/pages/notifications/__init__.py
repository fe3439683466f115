"""SCR-42: notices, bell, live stream."""
