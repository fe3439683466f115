"""Which service answers which address; the longest match wins, whole path segments only."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from nmo_gateway.upstreams import STREAM, Deadline

API_ROUTES: Final[tuple[tuple[str, str], ...]] = (
    ("/api/v1/me", "identity"),
    ("/api/v1/registrations", "identity"),
    ("/api/v1/password", "identity"),
    ("/api/v1/contacts", "identity"),
    ("/api/v1/admin", "identity"),
    ("/api/v1/register", "registry"),
    ("/api/v1/dictionaries", "registry"),
    ("/api/v1/catalog", "catalog"),
    ("/api/v1/organization/elements", "catalog"),
    ("/api/v1/cycles", "cycles"),
    ("/api/v1/schedule", "cycles"),
    ("/api/v1/schedule.ics", "cycles"),
    ("/api/v1/employer", "cycles"),
    ("/api/v1/employer/staff", "registry"),
    ("/api/v1/applications", "applications"),
    ("/api/v1/organization/people", "identity"),
    ("/api/v1/organization", "applications"),
    ("/api/v1/portfolio", "applications"),
    ("/api/v1/accreditation", "applications"),
    ("/api/v1/requests", "applications"),
    ("/api/v1/support/documents", "registry"),
    ("/api/v1/support", "applications"),
    ("/api/v1/notifications", "notifications"),
    ("/api/v1/partner", "notifications"),
)
AS_IS: Final[tuple[tuple[str, str], ...]] = (
    ("/.well-known/openid-configuration", "identity"),
    ("/oauth2/token", "identity"),
    ("/oauth2/jwks", "identity"),
    ("/oauth2/userinfo", "identity"),
    ("/oauth2/introspect", "identity"),
    ("/oauth2/revoke", "identity"),
    ("/contracts", "notifications"),
)
"""Passed on with the client's own ``Authorization`` and without a session."""
STREAMS: Final = frozenset({"/api/v1/notifications/stream"})
LONG_POLLS: Final = frozenset({"/api/v1/partner/events"})
LONG_POLL: Final = Deadline(total_s=90.0, idle_s=75.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes: the service, the label for metrics, and whether it passes without exchange of tokens."""

    service: str
    label: str
    as_is: bool = False


_ROUTES: Final = [
    (prefix, service, as_is)
    for table, as_is in ((API_ROUTES, False), (AS_IS, True))
    for prefix, service in table
]
_AT: Final = {prefix: Route(service, prefix, as_is) for prefix, service, as_is in _ROUTES}
_BELOW: Final = {prefix: Route(service, prefix + "/*", as_is) for prefix, service, as_is in _ROUTES}
BACKSLASH: Final = ord("\\")
PERCENT: Final = ord("%")
_CODED: Final = re.compile(rb"%2f|%5c|%00", re.IGNORECASE)
_DEPTH: Final = max(prefix.count("/") for prefix, _, _ in _ROUTES) + 1


@lru_cache(maxsize=4096)
def route_for(path: str) -> Route | None:
    """The service of a decoded path; None when no service has it."""
    found = _AT.get(path)
    if found is not None:
        return found
    segments = path.split("/", _DEPTH)
    for number in range(len(segments) - 1, 1, -1):
        found = _BELOW.get("/".join(segments[:number]))
        if found is not None:
            return found
    return None


def is_plain(path: str, raw_path: bytes) -> bool:
    """Whether two readers of the path must agree on it: no dot segments, no encoded separators, no empty segments."""
    # Looked for as a number: of bytes, ``in`` first tries to make one, and an exception is what that ends with.
    if BACKSLASH in raw_path or (PERCENT in raw_path and _CODED.search(raw_path) is not None):
        return False
    return "//" not in path and ("/." not in path or {".", ".."}.isdisjoint(path.split("/")))


def deadline_for(path: str, default: Deadline) -> Deadline:
    """How long the answer may take."""
    if path in STREAMS:
        return STREAM
    return LONG_POLL if path in LONG_POLLS else default
