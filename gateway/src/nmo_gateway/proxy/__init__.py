"""The way of ``/api/v1`` and OIDC requests through to the services (GWY-01, GWY-03)."""
