"""Pure rules of one-time codes."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

DIGITS = 6
LIFETIME = timedelta(minutes=10)
TRIES = 5


def new_code() -> str:
    """Six digits, each value as likely as any other."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def bound(purpose: str, flow: str, code: str) -> str:
    """What is put through the keyed digest: a code is good for one purpose within one flow only."""
    return f"one_time_code|{purpose}|{flow}|{code}"


def plain(code: str) -> str:
    """The digits of a code as people type it: with spaces or hyphens between."""
    return "".join(sign for sign in code if sign not in " -\u00a0\u2009")


def same(kept: bytes, given: bytes) -> bool:
    """Compare digests in constant time."""
    return hmac.compare_digest(kept, given)
