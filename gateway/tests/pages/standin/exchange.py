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


BOOKS = {
    "specialties": {
        "current_version": "5.1",
        "pinned_at": moment(-48),
        "last_load": {"version": "5.2", "phase": "done", "reason": None},
    },
    "regions": {
        "current_version": "6.5",
        "last_load": {
            "version": "6.6",
            "phase": "set_aside",
            "reason": "page 1: missing_field: NAME of 02",
        },
    },
    "organizations": {"current_version": "7.310", "failures": 2},
    "positions": {
        "current_version": None,
        "last_load": {"version": "9.1", "phase": "reading", "reason": None},
    },
}


def _book(name, told):
    book = {
        "book": name,
        "oid": "1.2.643.5.1.13.13.11.1066",
        "source": "nsi",
        "released_on": "2026-09-01",
        "published_at": moment(-72),
        "pinned_at": None,
        "checked_at": moment(-1),
        "failures": 0,
        "last_error": None,
        "last_load": None,
        **told,
    }
    if ("book", name) in STATE["ended"]:
        book |= {"failures": 0, "last_load": None}
    return book


@app.get("/internal/books")
async def books():
    return {"items": [_book(name, told) for name, told in BOOKS.items()], "next_cursor": None}


@app.post("/internal/books/{book}/again", status_code=204)
async def book_again(book: str):
    STATE["ended"].add(("book", book))
