"""I12: whatever is struck, clients are answered 2xx, 3xx, 4xx or told to come again, never a fault of ours.

A part that does not answer is the gateway's 502, 503 or 504; every refusal of the API says its code and its trace.
"""

from __future__ import annotations

from tests.chaos.checker.snapshot import Snapshot
from tests.chaos.checker.verdict import Inspection

ANSWERED = "answers"
COME_AGAIN = frozenset({502, 503, 504})
_REFUSED, _FAULT = 400, 500


def inspect(snapshot: Snapshot) -> Inspection:
    """Every call of the history that was answered."""
    found = Inspection(ANSWERED)
    for call in snapshot.history.calls:
        status, path = call["status"], call["path"]
        if status is None:
            continue  # nobody answered: nothing wrong was told
        found.saw(ANSWERED)
        spot = f"history: {call['method']} {path} was answered {status}"
        if status >= _FAULT and status not in COME_AGAIN:
            found.wrong(spot)
        elif status >= _REFUSED and path.startswith("/api/") and not (call.get("code") and call.get("trace")):
            found.wrong(f"{spot} without a code and a trace to quote")
    return found
