"""How wide the window of a journey is: a desk's or a phone's."""

import os

DESK, PHONE = 1280, 375


def at(width: int) -> list[int]:
    """The width of a journey in every run; with `NMO_EVERY_WIDTH=1` both. Each screen by itself is always seen at both."""
    return [DESK, PHONE] if os.environ.get("NMO_EVERY_WIDTH") == "1" else [width]
