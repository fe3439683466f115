"""Requests to support of the invented world: the owner's side, the employees' side, a guest's side."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from world import TODAY, moment, uid

router = APIRouter()
STATE = {}
GUEST_KEY = "guest-key-of-the-invented-world"
FIRST, SECOND = "support", "support2"
ASKED = {"last_name": "Белова", "snils": "11223344595"}
LONG = "Отдел кадров говорит, что в регистре всё верно, а портал называет отчество. Паспорт выдан в прошлом году."
PERSON = {
    "full_name": "Ветров Сергей Николаевич",
    "birth_on": "1979-07-02",
    "snils": "11223344595",
    "email": "vetrov@example.org",
    "phone": "+79000000000",
}


def who(request):
    return request.headers.get("authorization", "Bearer ").removeprefix("Bearer ") or None


def _request(number, owner, kind, topic, status, **values):
    made = {
        "request_id": uid(f"request-{number}"),
        "number": f"ОБР-{number:07d}-{TODAY.year}",
        "owner": owner,
        "kind": kind,
        "topic": topic,
        "status": status,
        "result": None,
        "due_at": moment(20),
        "created_at": moment(-4),
        "updated_at": moment(-2),
        "reference": "7f3a90c1" if kind == "mismatch" else None,
        "happened_at": moment(-5) if kind == "mismatch" else None,
        "messages": [{"at": moment(-4), "author": "person", "text": LONG}],
        "history": [{"at": moment(-4), "action": "open", "status": "new", "role": "person"}],
        "asked": ASKED if kind == "data_change" else {},
        "proposed": {},
        "proposed_by": None,
        "taken_by": None,
        "level": 1,
    }
    return made | values


def reset():
    """The requests as at the start."""
    answered = [
        {"at": moment(-4), "author": "person", "text": LONG},
        {
            "at": moment(-2),
            "author": "support",
            "text": "Ошибку в регистре исправляет отдел кадров.\nМы сообщим, когда её исправят.",
        },
    ]
    items = [
        _request(
            41,
            "conflict",
            "mismatch",
            "Не совпало с регистром: отчество",
            "waiting",
            messages=answered,
            taken_by=FIRST,
        ),
        _request(42, "match", "other", "Не открывается план", "closed", result="answered", messages=answered),
        _request(43, "empty", "sign_in", "Код не приходит", "new"),
        _request(
            44, "weak", "data_change", "Изменить личные данные", "taken", taken_by=FIRST, due_at=moment(-1)
        ),
        _request(
            45,
            "match",
            "data_change",
            "Смена фамилии",
            "proposed",
            taken_by=FIRST,
            proposed=ASKED,
            proposed_by=FIRST,
        ),
        _request(46, None, "sign_in", "Госуслуги возвращают ошибку", "new", messages=answered),
    ]
    STATE.clear()
    STATE.update({item["request_id"]: item for item in items})


reset()
ALLOWED = {
    "owner": {
        "new": ["reply", "withdraw"],
        "taken": ["reply", "withdraw"],
        "waiting": ["reply", "withdraw"],
        "proposed": ["reply"],
    },
    "employee": {"taken": ["release", "escalate", "answer", "close"], "waiting": ["answer", "close"]},
}
LINE = ("request_id", "number", "kind", "topic", "status", "result", "due_at", "created_at", "updated_at")


def problem(status, code, detail, **extra):
    body = {"title": detail, "status": status, "code": code, "detail": detail, "errors": [], **extra}
    return JSONResponse(body, status, media_type="application/problem+json")


def line(item):
    return {name: item[name] for name in LINE}


def own_view(item):
    shown = {name: item[name] for name in (*LINE, "reference", "happened_at", "messages", "history", "asked")}
    return shown | {"allowed": ALLOWED["owner"].get(item["status"], [])}


def work_view(item, viewer):
    mine = item["taken_by"] == viewer
    allowed = list(ALLOWED["employee"].get(item["status"], [])) if mine else []
    if mine and item["kind"] == "data_change" and item["status"] == "taken":
        allowed.append("propose")
    if not mine and item["status"] == "proposed":
        allowed = ["approve", "reject"]
    return own_view(item) | {
        "allowed": allowed,
        "level": item["level"],
        "overdue": item["due_at"] < moment(0),
        "guest": item["owner"] is None,
        "contact": "+7 900 000-00-01" if item["owner"] is None else None,
        "person": PERSON if item["owner"] else None,
        "person_missing": False,
        "proposed": item["proposed"],
        "proposed_by_me": item["proposed_by"] == viewer,
        "asked_documents": False,
    }


def say(item, author, text):
    item["messages"] = [*item["messages"], {"at": moment(0), "author": author, "text": text}]


@router.get("/api/v1/requests")
async def own(request: Request):
    items = [line(item) for item in STATE.values() if item["owner"] == who(request)]
    return {"items": items, "next_cursor": None}


@router.post("/api/v1/requests", status_code=201)
async def open_own(request: Request):
    body = await request.json()
    for item in STATE.values():
        if (
            (item["owner"], item["kind"]) == (who(request), body["kind"])
            and item["status"] != "closed"
            and body["kind"] != "other"
        ):
            return problem(
                409, "already_open", "Уже открыто", request_id=item["request_id"], number=item["number"]
            )
    made = _request(
        100 + len(STATE), who(request), body["kind"], body["topic"], "new", reference=body.get("reference"),
        happened_at=body.get("happened_at"), asked=body.get("values") or {}, messages=[],
    )  # fmt: skip
    say(made, "person", body["text"])
    STATE[made["request_id"]] = made
    return {name: made[name] for name in ("request_id", "number", "status", "due_at")}


@router.get("/api/v1/requests/{request_id}")
async def read_own(request_id: str, request: Request):
    item = STATE.get(request_id)
    if item is None or item["owner"] != who(request):
        return problem(404, "not_found", "Нет такой записи")
    return own_view(item)


@router.post("/api/v1/requests/{request_id}/messages", status_code=201)
async def reply(request_id: str, request: Request):
    say(STATE[request_id], "person", (await request.json())["text"])
    return own_view(STATE[request_id])


@router.post("/api/v1/requests/{request_id}/withdraw")
async def withdraw(request_id: str):
    STATE[request_id] |= {"status": "closed", "result": "withdrawn"}
    return own_view(STATE[request_id])


@router.get("/api/v1/support/requests/counts")
async def counts():
    return {"new": 2, "mine": 3, "approval": 1}


@router.get("/api/v1/support/requests")
async def queue(request: Request, part: str = "new"):
    viewer = who(request)
    parts = {
        "new": lambda item: item["status"] == "new",
        "mine": lambda item: item["taken_by"] == viewer and item["status"] != "closed",
        "approval": lambda item: item["status"] == "proposed" and item["taken_by"] != viewer,
        "closed": lambda item: item["taken_by"] == viewer and item["status"] == "closed",
    }
    items = [
        {
            **line(item),
            "level": item["level"],
            "overdue": item["due_at"] < moment(0),
            "guest": item["owner"] is None,
            "topic": item["topic"] if item["taken_by"] == viewer else None,
            "person_name": "Ветров С. Н." if item["taken_by"] == viewer else None,
        }
        for item in STATE.values()
        if parts[part](item)
    ]
    return {"items": items, "next_cursor": None}


@router.get("/api/v1/support/requests/{request_id}")
async def read_work(request_id: str, request: Request):
    item, viewer = STATE[request_id], who(request)
    if item["status"] != "proposed" and item["taken_by"] != viewer:
        if item["taken_by"] is None:
            return problem(
                409, "take_first", "Возьмите обращение в работу: до этого сведения о заявителе скрыты."
            )
        return problem(
            409, "taken_by_another", "Обращение взял другой сотрудник. Выберите следующее из очереди."
        )
    return work_view(item, viewer)


@router.post("/api/v1/support/requests/{request_id}/{act}")
async def act(request_id: str, act: str, request: Request):
    item, viewer = STATE[request_id], who(request)
    body = await request.json() if await request.body() else {}
    if act == "take" and item["taken_by"] not in {None, viewer}:
        return problem(
            409, "taken_by_another", "Обращение взял другой сотрудник. Выберите следующее из очереди."
        )
    if act == "decision" and item["proposed_by"] == viewer:
        return problem(
            403, "second_approver_required", "Изменение предложили вы. Утвердить его должен другой сотрудник."
        )
    after = {
        "take": {"taken_by": viewer, "status": "taken"},
        "release": {"taken_by": None, "status": "new"},
        "escalate": {"taken_by": None, "status": "new", "level": item["level"] + 1},
        "answer": {"status": "waiting"},
        "close": {"status": "closed", "result": "answered"},
        "proposal": {"status": "proposed", "proposed": body.get("values"), "proposed_by": viewer},
        "decision": {"status": "approved"}
        if body.get("approve")
        else {"status": "closed", "result": "rejected"},
    }[act]
    item |= after
    if body.get("text"):
        say(item, "support", body["text"])
    return work_view(item, viewer)


@router.post("/internal/requests/guest", status_code=201)
async def open_guest(request: Request):
    body = await request.json()
    item = STATE[uid("request-46")]
    item |= {"topic": body["topic"], "messages": []}
    say(item, "person", body["text"])
    return {"number": item["number"], "key": GUEST_KEY, "due_at": item["due_at"]}


@router.post("/internal/requests/guest/read")
async def read_guest(request: Request):
    if (await request.json())["key"] != GUEST_KEY:
        return problem(404, "not_found", "Нет такой записи")
    return own_view(STATE[uid("request-46")])


@router.post("/internal/requests/guest/reply", status_code=201)
async def reply_guest(request: Request):
    body = await request.json()
    say(STATE[uid("request-46")], "person", body["text"])
    return own_view(STATE[uid("request-46")])
