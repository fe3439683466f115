"""Pure rules of signing in: terms, why a flow is refused, networks."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta

FLOW_LIFETIME = timedelta(minutes=10)
"""A second factor or a consent page at the provider takes minutes."""
SESSION_LIFETIME = timedelta(hours=12)
MAX_SESSIONS = 5
MAX_AGENT = 200


def digest(secret: str) -> bytes:
    """What is kept of a handle or flow id: its SHA-256 (both have 256 bits of chance)."""
    return hashlib.sha256(secret.encode()).digest()


def refusal_of_flow(
    *,
    found: bool,
    same_provider: bool,
    same_browser: bool,
    consumed: bool,
    expires_at: datetime | None,
    now: datetime,
) -> tuple[str, str] | None:
    """Code and reason why a flow cannot be finished; None when it can. The first fault counts."""
    if not found:
        return "login_state_invalid", "state_unknown"
    if not same_browser:
        return "login_state_invalid", "other_browser"
    if not same_provider:
        return "login_state_invalid", "other_provider"
    if consumed:
        return "login_replayed", "state_used"
    if expires_at is None or expires_at <= now:
        return "login_state_invalid", "flow_expired"
    return None


def network(address: str) -> str:
    """The caller's network, never the whole address: /24, or /64; empty for anything else."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    bits = 24 if found.version == 4 else 64  # noqa: PLR2004 the protocol's name
    return str(ipaddress.ip_network(f"{found}/{bits}", strict=False))
