"""Pure rules of consents."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

PURPOSE = "data_transfer"
"""The one purpose asked for at the first sign-in: passing data on between the register and organisations."""
State = Literal["granted", "refused", "withdrawn", "none"]


def state_after(kind: str | None) -> State:
    """State by the kind of the newest answer; None when there is none."""
    if kind in {"granted", "refused", "withdrawn"}:
        return kind  # type: ignore[return-value]
    return "none"


def text_hash(title: str, categories: list[dict[str, Any]], body: str) -> str:
    """SHA-256, hexadecimal, of everything the person reads."""
    seen = json.dumps([title, categories, body], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(seen.encode()).hexdigest()
