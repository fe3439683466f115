"""The outermost layers of the gateway: ids and trace, security headers, refusals (GWY-01, GWY-03)."""
