"""Where forged tokens are tried: a read that tells whether somebody is let in, and a write that would leave a trace."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One running part of the portal."""

    name: str
    audience: str
    read: str
    """Answers 200 to the genuine token; what it answers would change if the write were done."""
    write: tuple[str, str] | None = None


_CONSENT = ("DELETE", "/api/v1/me/consents")
TARGETS = (
    Target("gateway", "api", "/api/v1/me/consents", _CONSENT),
    Target("identity", "identity", "/api/v1/me/consents", _CONSENT),
    Target("registry", "registry", "/api/v1/register/card"),
    Target("cycles", "cycles", "/api/v1/cycles", ("POST", "/api/v1/cycles")),
    Target("catalog", "catalog", "/api/v1/catalog/elements?limit=1"),
    Target("applications", "applications", "/api/v1/applications"),
    Target("notifications", "notifications", "/api/v1/notifications"),
)
