"""The exchange with the register as the registry tells of it: a failing feed, a comparison under way, cards set aside."""

from backend import STATE, app, moment
from fastapi import Request
from fastapi.responses import JSONResponse

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

UNNAMED = [
    {
        "dump_id": "85861a519372-49",
        "after_oid": after,
        "position": position,
        "reason": reason,
        "noted_at": moment(-1),
    }
    for after, position, reason in (("", 1, "unreadable: not a card"), ("2025.0000007", 2, "unreadable: oid"))
]


def waiting() -> dict[str, str]:
    return {oid: reason for oid, reason in CARDS.items() if ("card", oid) not in STATE["ended"]}


@app.get("/api/v1/register/exchange")
async def exchange():
    reasons = [{"reason": reason, "count": 1} for reason in sorted(waiting().values())]
    feed = {**FEED, "failures": 0 if "feed" in STATE["ended"] else FEED["failures"]}
    ordered = ("ordered", True) in STATE["ended"]
    comparison = COMPARISON | ({"phase": "stopped", "stopped_because": "too_many_missing"} if ordered else {})
    return {
        **feed, "quarantined": len(reasons), "comparison": comparison, "reasons": reasons,
        "ordered_at": moment(0) if ordered else None, "unnamed": UNNAMED, "unnamed_count": 101,
    }  # fmt: skip


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
    "position_types": {
        "current_version": "2.1",
        "last_load": {
            "version": "2.2",
            "phase": "set_aside",
            "reason": "shrank: 70 values in force instead of 90",
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
    if ("pin", name) in STATE["ended"]:
        book |= {"pinned_at": moment(0)}
    if ("unpin", name) in STATE["ended"]:
        book |= {"pinned_at": None}
    if ("book", name) in STATE["ended"]:
        book |= {"failures": 0, "last_load": None}
    return book


@app.get("/internal/books")
async def books():
    return {"items": [_book(name, told) for name, told in BOOKS.items()], "next_cursor": None}


@app.post("/internal/books/{book}/again", status_code=204)
async def book_again(book: str):
    STATE["ended"].add(("book", book))


VERSIONS = (("5.2", "Переименованы две специальности", False), ("5.1", "", True))
VALUES = {
    "VO-027": ("Кардиология", True),
    "VO-028": ("Детская кардиология", True),
    "VO-100": ("Кардиология неотложная", False),
}


def _value(key):
    name, in_force = VALUES[key]
    return {
        "key": key, "code": key[3:], "name": name, "in_force": in_force, "valid_from": None,
        "valid_until": None if in_force else "2026-09-01", "attributes": {},
    }  # fmt: skip


@app.get("/api/v1/dictionaries/{book}/versions")
async def book_versions(book: str):
    items = [
        {
            "version": version, "title": book, "source": "nsi", "released_on": "2026-09-01", "release_notes": notes,
            "taken_at": moment(-72), "current": current,
        }
        for version, notes, current in VERSIONS
    ]  # fmt: skip
    return {"book": book, "oid": "1.2", "pinned": True, "items": items, "next_cursor": None}


@app.get("/api/v1/dictionaries/{book}/search")
async def book_search(book: str, q: str):
    found = [_value(key) for key, (name, _) in VALUES.items() if q.lower() in name.lower()]
    return {"book": book, "version": "5.1", "items": found}


@app.get("/api/v1/dictionaries/{book}/items/{key}")
async def book_value(book: str, key: str):
    if key not in VALUES:
        return JSONResponse({"code": "not_found", "title": "Не найдено", "status": 404}, 404)
    return {
        "book": book, "oid": "1.2", "version": "5.1", "value": _value(key), "names": [],
        "successors": [_value(one) for kind, one in sorted(STATE["ended"], key=str) if kind == "became"],
    }  # fmt: skip


WANTED = {
    "pin": {"version", "reason"},
    "accept": {"version", "reason"},
    "unpin": {"reason"},
    "successors": {"key", "successors", "reason"},
}


@app.put("/internal/books/{book}/{act}", status_code=204)
@app.post("/internal/books/{book}/{act}", status_code=204)
async def book_act(book: str, act: str, request: Request):
    told = await request.json()
    if set(told) != WANTED.get(act):
        return JSONResponse({"code": "invalid_fields", "title": "Проверьте поля", "status": 422}, 422)
    if act == "successors":
        STATE["ended"] = {one for one in STATE["ended"] if one[0] != "became"}
        STATE["ended"].update(("became", key) for key in told["successors"])
    elif act == "accept":
        STATE["ended"].add(("book", book))
    else:
        STATE["ended"].add((act, book))
    return None


@app.post("/api/v1/register/exchange/comparison", status_code=204)
async def compare(request: Request):
    wanted = await request.json()
    if set(wanted) != {"reason", "allow_removals"} or ("ordered", True) in STATE["ended"]:
        detail = "Полная сверка уже идёт или назначена. Дождитесь её конца."
        problem = {
            "code": "comparison_under_way",
            "title": "Сверка уже идёт",
            "status": 409,
            "detail": detail,
        }
        return JSONResponse(problem, 409)
    STATE["ended"].add(("ordered", True))
    return None
