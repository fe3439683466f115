"""I7: a revoked credential opens nothing once its grace is over.

What is promised where: at the gateway a session, a partner's token and a role end within 2 s (its cache of look-ups,
dropped by NOTIFY), in a service that asks identity within 5 s. A service alone checks its caller's token by signature:
what was issued before goes on until its own end, 120 s after it was made and 10 s more for clocks that differ; no
client ever holds one.
"""

from __future__ import annotations

from tests.chaos.checker.snapshot import Snapshot
from tests.chaos.checker.verdict import Inspection

TRIED, FAMILIES = "old credentials tried after their grace", "refresh tokens"
AT_GATEWAY_S, INSIDE_S, HOP_TOKEN_S = 2.0, 5.0, 130.0
REFUSED = frozenset({401, 403})
CREDENTIALS = frozenset({"session", "token", "role", "service_token"})


def grace_s(credential: str, where: str) -> float:
    """How long after its end, an internal token after its making, a credential may still be taken there."""
    if credential == "service_token":
        return HOP_TOKEN_S
    return AT_GATEWAY_S if where == "gateway" else INSIDE_S


def inspect(snapshot: Snapshot) -> Inspection:
    """Replays of the history, and the families of refresh tokens in identity's tables."""
    found = Inspection(TRIED)
    for replay in snapshot.history.replays:
        credential, where, status = replay["credential"], replay["where"], replay["status"]
        spot = f"history: a {credential} tried at {where} {replay['age_s']:.1f} s after its end"
        if credential not in CREDENTIALS:
            found.wrong(f"{spot} is of no known kind")
            continue
        if replay["age_s"] <= grace_s(credential, where) or status is None or status >= 500:
            continue  # still allowed, or nobody answered: neither proves anything
        found.saw(TRIED)
        if 200 <= status < 300:
            found.wrong(f"{spot} was answered {status}")
    for row in snapshot.rows("identity", "refresh_token"):
        found.saw(FAMILIES)
        if None not in (row["revoked_at"], row["consumed_at"]) and row["consumed_at"] > row["revoked_at"]:
            found.wrong(f"identity.refresh_token: family {row['family_id']} was used after it was revoked")
    return found
