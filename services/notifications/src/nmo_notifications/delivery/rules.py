"""When a letter is tried again, and which refusals are final; pure."""

from __future__ import annotations

RETRY_AFTER_S = (5, 30, 120, 600, 3600, 6 * 3600)
"""Pauses after the first, second, … failed attempt; after the last one the letter is given up."""
AWAY_S = 10
"""How soon it is tried again when a part of the portal did not answer; that uses up no attempt."""
FIRST_PERMANENT, FIRST_INVALID = 500, 600


def pause_after(attempts: int) -> int | None:
    """Seconds until the next attempt after `attempts` failed ones; None when there is none."""
    return RETRY_AFTER_S[attempts - 1] if attempts <= len(RETRY_AFTER_S) else None


def is_permanent(smtp_code: int) -> bool:
    """A refusal by the mail server that no repetition changes."""
    return FIRST_PERMANENT <= smtp_code < FIRST_INVALID


TEXT_LIMIT = 134
"""Two Cyrillic parts of a text message hold as many characters."""


def short_text(title: str) -> str:
    """A message as a text for the phone: who writes, what happened, where to look; never a name."""
    words = f"Портал НМО: {title}"
    return words if len(words) <= TEXT_LIMIT else f"{words[: TEXT_LIMIT - 1]}…"
