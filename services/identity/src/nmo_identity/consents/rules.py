"""Pure rules of consents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from nmo_contracts.purposes import MAIN, PURPOSES

PURPOSE: Final = MAIN
"""The one purpose asked for at the first sign-in."""
Purpose = Literal[
    "data_transfer", "organisation_transfer", "employer_transfer", "partner_transfer", "sms_messages"
]
State = Literal["granted", "refused", "withdrawn", "none"]
METHOD = "web_page_box_and_button"
"""How an answer is given: an unticked box and a button on a page of its own."""
LANGUAGE = "ru"
_DETAILS = (
    "summary",
    "needed_for",
    "operator",
    "recipients",
    "actions",
    "retention",
    "consequences",
    "jurisdiction",
)


def state_after(kind: str | None) -> State:
    """State by the kind of the newest answer; None when there is none."""
    if kind in {"granted", "refused", "withdrawn"}:
        return kind  # type: ignore[return-value]
    return "none"


def text_hash(
    title: str, categories: list[dict[str, Any]], body: str, details: Mapping[str, Any] | None = None
) -> str:
    """SHA-256, hexadecimal, of everything the person reads; `details` are the parts that texts have since 2026-11."""
    parts: list[Any] = [title, categories, body, *([dict(details)] if details else [])]
    seen = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(seen.encode()).hexdigest()


def details_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """Recipients, term, consequences and the rest of a text beyond title, categories and body."""
    return {name: item[name] for name in _DETAILS if name in item}


def in_force(last_kinds: Mapping[str, str]) -> frozenset[str]:
    """Purposes that may be served, by the kind of each one's newest answer; none without the main one."""
    granted = {purpose for purpose, kind in last_kinds.items() if kind == "granted" and purpose in PURPOSES}
    return frozenset(granted) if MAIN in granted else frozenset()
