"""Own roles and requests for others (ROL-03)."""
