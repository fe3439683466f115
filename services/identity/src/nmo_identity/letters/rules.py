"""Pure rules of letters."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from nmo_identity.limits.rules import Rate

Channel = Literal["email", "sms"]
Outcome = Literal["sent", "failed", "bounced"]
"""`bounced`: the mail server refused the address for good."""
BOUNCE_COUNTS = timedelta(days=30)
"""So long an address is said to take no letters; a letter that arrives ends it sooner."""
KEPT = timedelta(days=1)
"""How long the content of a letter waits for its delivery unless the letter says otherwise."""


SEND_RATE = Rate(timedelta(seconds=30), 2)
"""Two letters to one address at once (somebody pressed twice), then one each half minute."""
DAY_PER_ADDRESS, DAY_PER_OWNER = 5, 10


def place(column: str, letter_id: object) -> str:
    """What a sealed value is bound to."""
    return f"letter|{column}|{letter_id}"
