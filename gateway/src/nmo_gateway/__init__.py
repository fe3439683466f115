"""One address for pages and API: sessions, routing, limits, the cabinet."""
