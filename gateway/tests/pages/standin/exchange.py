"""The exchange with the register as the registry tells of it: a failing feed, a comparison under way, cards set aside."""

from backend import STATE, app, moment
from fastapi import Request

FEED = {
    "remaining": 1250,
    "applied_total": 31_204,
    "failures": 3,
    "last_success_at": moment(-2),
    "age_s": 7200.0,
    "last_error": "status 503",
    "last_error_at": moment(-1),
    "next_attempt_at": moment(1),
}
COMPARISON = {
    "phase": "reading",
    "taken": 1_110_000,
    "total": 3_000_000,
    "rate_per_s": 5200.4,
    "left_s": 363.0,
    "silent_s": 1.0,
    "appeared": 1_109_990,
    "changed": 4,
    "removed": 0,
    "unreadable": 6,
    "started_at": moment(-1),
    "finished_at": None,
    "stopped_because": None,
}
CARDS = {"2025.0000005": "unreadable: birthDate", "2025.0000010": "unreadable: broken line", "2025.0000015": "snils_taken"}  # fmt: skip


def waiting() -> dict[str, str]:
    return {oid: reason for oid, reason in CARDS.items() if ("card", oid) not in STATE["ended"]}


@app.get("/api/v1/register/exchange")
async def exchange():
    reasons = [{"reason": reason, "count": 1} for reason in sorted(waiting().values())]
    feed = {**FEED, "failures": 0 if "feed" in STATE["ended"] else FEED["failures"]}
    return {**feed, "quarantined": len(reasons), "comparison": COMPARISON, "reasons": reasons}


@app.get("/api/v1/register/exchange/set-aside")
async def set_aside(reason: str | None = None):
    items = [
        {
            "register_oid": oid,
            "reason": found,
            "attempts": 2,
            "first_seen_at": moment(-30),
            "next_attempt_at": moment(1),
        }
        for oid, found in waiting().items()
        if reason in {None, found}
    ]
    return {"items": items, "next_cursor": None}


@app.post("/api/v1/register/exchange/again")
async def again():
    STATE["ended"].add("feed")


@app.post("/api/v1/register/exchange/set-aside/retry")
async def retry(request: Request):
    wanted = await request.json()
    chosen = [
        oid for oid, reason in waiting().items()
        if oid == wanted.get("register_oid", oid) and reason == wanted.get("reason", reason)
    ]  # fmt: skip
    STATE["ended"].update(("card", oid) for oid in chosen)
    return {"queued": len(chosen)}
