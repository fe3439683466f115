"""Documents added by hand in the invented world: the owner's side and the side of those who verify."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from world import TODAY, moment, uid

router = APIRouter()
STATE = {}
ANSWERS = {}
AGAIN = ["resend", "withdraw"]
COMPARISON = "/api/v1/register/comparison"
OWN = "/api/v1/register/own-documents"
DESK = "/api/v1/support/documents"
OWNER = {"full_name": "Ветров Сергей Николаевич", "birth_on": "1979-07-02", "snils": "11223344595"}
REFUSED_FOR = "Дата экзамена не та, что в протоколе: там 14 июня"


COURSE = {
    "specialty_key": "",
    "specialty_name": "",
    "exam_on": None,
    "theme": "Эхокардиография",
    "hours": 72,
    "document_number": "772400118305",
    "reason": "Приложите оборот удостоверения: на нём печать",
}


def who(request):
    return request.headers.get("authorization", "Bearer ").removeprefix("Bearer ") or None


def _paper(number, owner, kind, state, **values):
    made = {
        "document_id": uid(f"paper-{number}"),
        "number": f"ДОК-{number:07d}-{TODAY.year}",
        "owner": owner,
        "kind": kind,
        "state": state,
        "confirmed": state in {"verified", "replaced"},
        "specialty_key": "VO-042",
        "specialty_name": "Кардиология",
        "exam_on": "2026-06-15",
        "issued_on": "2026-06-17",
        "due_at": moment(20) if state in {"sent", "checking"} else None,
        "late": False,
        "replaced_by": None,
        "created_at": moment(-4),
        "updated_at": moment(-2),
        "series": "",
        "document_number": "0000000",
        "institution": "Северный медицинский университет",
        "theme": "",
        "hours": None,
        "reason": None,
        "scans": [{"scan_id": uid(f"scan-{number}"), "media_type": "application/pdf", "size_bytes": 240_000}],
        "history": [{"at": moment(-4), "action": "send", "state": "sent", "role": "person", "words": None}],
        "allowed": {"sent": ["withdraw"], "refused": AGAIN, "asked": AGAIN}.get(state, []),
        "level": 1,
        "stage": "first",
        "taken_by": None,
    }
    return made | values


def reset():
    """The documents as at the start."""
    refusal = {
        "at": moment(-2),
        "action": "refuse",
        "state": "refused",
        "role": "support",
        "words": REFUSED_FOR,
    }
    first = _paper(11, "match", "accreditation_protocol", "refused", reason=REFUSED_FOR)
    first["history"].append(refusal)
    items = [
        first,
        _paper(12, "match", "diploma", "verified", specialty_name="Лечебное дело", document_number="107724"),
        _paper(16, "match", "additional_education", "asked", **COURSE),
        _paper(13, "weak", "accreditation_protocol", "sent", late=True, level=2, due_at=moment(-3)),
        _paper(14, "weak", "accreditation", "checking", taken_by="support", document_number="031904"),
        _paper(15, "weak", "certificate", "checking", taken_by="support2"),
    ]
    ANSWERS.clear()
    STATE.clear()
    STATE.update({item["document_id"]: item for item in items})


reset()


def _problem(status, code, detail, errors=(), **extra):
    body = {
        "title": detail,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": list(errors),
        **extra,
    }
    return JSONResponse(body, status, media_type="application/problem+json")


@router.post("/api/v1/register/scans", status_code=201)
async def upload(request: Request):
    content = await request.body()
    if not content.startswith((b"%PDF-", b"\x89PNG")):
        message = "Это не PDF, JPG и не PNG. Сохраните скан в одном из этих видов"
        error = {"pointer": "/scan", "code": "unknown_kind", "message": message}
        return _problem(422, "invalid_fields", "Исправьте ошибки в полях и повторите.", [error])
    return {"scan_id": uid("scan-new"), "media_type": "application/pdf", "size_bytes": len(content)}


@router.get(OWN)
async def own(request: Request):
    items = [item for item in STATE.values() if item["owner"] == who(request)]
    return {"items": items, "next_cursor": None}


@router.post(OWN, status_code=201)
async def send(request: Request):
    body = await request.json()
    if body["number"] == "999":
        return _problem(409, "already_sent", "Документ уже отправлен.", document_id=uid("paper-11"))
    if body["kind"] == "accreditation" and not body["number"].strip("0"):
        error = {"pointer": "/number", "code": "zeros", "message": "Номер не может состоять из нулей."}
        return _problem(422, "invalid_fields", "Исправьте ошибки в полях и повторите.", [error])
    values = {name: body[name] for name in ("specialty_key", "series", "institution", "exam_on", "issued_on")}
    item = _paper(21, who(request), body["kind"], "sent", document_number=body["number"], **values)
    STATE[item["document_id"]] = item
    return item


def _own(request, document_id):
    item = STATE.get(document_id)
    return item if item and item["owner"] == who(request) else None


@router.get(OWN + "/{document_id}")
async def one(request: Request, document_id: str):
    return _own(request, document_id) or _problem(404, "not_found", "Такой записи нет.")


@router.post(OWN + "/{document_id}/resend")
async def resend(request: Request, document_id: str):
    item = _own(request, document_id)
    item |= {"state": "sent", "reason": None, "allowed": ["withdraw"], "due_at": moment(24)}
    return item


@router.post(OWN + "/{document_id}/withdraw")
async def withdraw(request: Request, document_id: str):
    item = _own(request, document_id)
    item |= {"state": "withdrawn", "allowed": [], "due_at": None}
    return item


def _parts(viewer):
    return {
        "new": [item for item in STATE.values() if item["state"] == "sent"],
        "mine": [
            item for item in STATE.values() if item["taken_by"] == viewer and item["state"] == "checking"
        ],
        "late": [item for item in STATE.values() if item["late"]],
    }


@router.get(DESK)
async def queue(request: Request, part: str = "new"):
    return {"items": _parts(who(request))[part], "next_cursor": None}


@router.get(DESK + "/counts")
async def counts(request: Request):
    return {part: len(items) for part, items in _parts(who(request)).items()}


def _work(item):
    allowed = ["release", "verify", "ask", "refuse"] if item["state"] == "checking" else []
    return {**item, "owner": OWNER, "allowed": allowed}


@router.get(DESK + "/{document_id}")
async def work(request: Request, document_id: str):
    item = STATE[document_id]
    if item["taken_by"] != who(request):
        return _problem(
            409, "take_first", "Возьмите документ на проверку: до этого сведения о владельце скрыты."
        )
    return _work(item)


@router.post(DESK + "/{document_id}/{verb}")
async def act(request: Request, document_id: str, verb: str):
    item = STATE[document_id]
    if verb == "take":
        if item["taken_by"] not in {None, who(request)}:
            return _problem(409, "taken_by_another", "Документ взял другой сотрудник.")
        item |= {"taken_by": who(request), "state": "checking"}
        return _work(item)
    state = {"release": "sent", "verify": "verified", "refuse": "refused", "ask": "asked"}[verb]
    item |= {"taken_by": None, "state": state, "due_at": item["due_at"] if state == "sent" else None}
    return Response(status_code=204)


@router.get(COMPARISON)
async def comparison(request: Request):
    viewer = who(request)
    typed = {
        "document_id": uid("paper-11"),
        "number": f"ДОК-0000011-{TODAY.year}",
        "kind": "accreditation",
        "specialty_name": "Кардиология",
        "fields": [
            {"field": "exam_on", "own": "2026-06-12", "register_value": "2026-06-15", "same": False},
            {"field": "number", "own": "31", "register_value": "31", "same": True},
        ],
    }
    documents = [typed] if viewer == "match" else []
    version = "7" if viewer == "match" else None
    return {"register_version": version, "documents": documents, "answers": ANSWERS.get(viewer, [])}


def _keep(request, subject, body, own, register):
    made = {
        "answer_id": uid(f"answer-{subject}-{body['field']}"),
        "subject": subject,
        "field": body["field"],
        "choice": body["choice"],
        "own": own,
        "register_value": register,
        "current": True,
        "answered_at": moment(0),
    }
    ANSWERS.setdefault(who(request), []).insert(0, made)
    return made


@router.post(COMPARISON + "/person")
async def about_person(request: Request):
    body = await request.json()
    return _keep(request, "person", body, body["own_value"], None)


@router.post(COMPARISON + "/documents/{document_id}")
async def about_document(request: Request, document_id: str):
    return _keep(request, document_id, await request.json(), "2026-06-12", "2026-06-15")
