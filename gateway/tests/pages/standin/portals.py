"""Partners' portals as identity tells of them: requests, what was agreed to, registrations."""

from backend import STATE, app, moment, problem
from fastapi import Request
from fastapi.responses import JSONResponse, Response
from world import uid

PORTAL = "Стажировки клиники №7"
PURPOSE = "Записать вас на стажировку и прислать её расписание"


@app.get("/api/v1/me/portal-requests/{request_id}")
async def portal_request(request_id: str):
    if request_id == uid("portal-over"):
        return problem(
            404, "request_over", "Запрос сайта уже обработан. Вернитесь на сайт и войдите ещё раз."
        )
    lines = (
        ("openid", "Ваш номер для этого сайта (на других сайтах он другой), время и способ входа", []),
        ("profile", "Фамилия, имя, отчество и когда они менялись", ["Орлова Анна Сергеевна"]),
        ("email", "Электронная почта и подтверждена ли она", ["orlova@klinika.example.org"]),
    )
    return {
        "request_id": request_id,
        "client_id": "klinika-7",
        "title": PORTAL,
        "host": "klinika.example",
        "origin": "https://klinika.example",
        "purpose": PURPOSE,
        "login_due": request_id == uid("portal-late"),
        "items": [
            {"scope": scope, "title": title, "values": values, "agreed_before": False}
            for scope, title, values in lines
        ],
        "expires_at": moment(1),
    }


@app.post("/api/v1/me/portal-requests/{request_id}")
async def answer_portal(request: Request, request_id: str):
    agreed = (await request.json())["agreed"]
    return {"redirect_to": "https://klinika.example/back?" + ("code=c" if agreed else "error=access_denied")}


@app.get("/api/v1/me/portals")
async def portals():
    item = {
        "client_id": "klinika-7",
        "title": PORTAL,
        "host": "klinika.example",
        "purpose": PURPOSE,
        "data": ["Фамилия, имя, отчество и когда они менялись", "Электронная почта и подтверждена ли она"],
        "granted_at": moment(-48),
        "last_visit_at": moment(-2),
    }
    return {"items": [] if "portal" in STATE["ended"] else [item], "next_cursor": None}


@app.delete("/api/v1/me/portals/{client_id}", status_code=204)
async def revoke_portal(client_id: str):
    STATE["ended"].add("portal")


@app.get("/api/v1/admin/partners")
async def partners():
    item = {
        "client_id": "klinika-7",
        "title": PORTAL,
        "kind": "confidential",
        "purpose": PURPOSE,
        "scopes": ["openid", "profile"],
        "redirect_uris": ["https://klinika.example/back"],
        "post_logout_redirect_uris": [],
        "backchannel_logout_uri": "https://klinika.example/out",
        "id_token_signed_response_alg": "RS256",
        "first_party": False,
        "subject_type": "pairwise",
        "created_at": moment(-100),
        "secret_changed_at": None,
        "disabled_at": moment(-1) if "client" in STATE["ended"] else None,
    }
    made = [{**item, **body, "disabled_at": None} for body in STATE.get("registered", [])]
    return {"items": [item, *made], "next_cursor": None}


@app.post("/api/v1/admin/partners", status_code=201)
async def register_partner(request: Request):
    body = await request.json()
    if body["id_token_signed_response_alg"] not in {"RS256", "ES256"}:
        fault = {
            "pointer": "/id_token_signed_response_alg",
            "code": "literal_error",
            "message": "Выберите значение из списка",
        }
        return problem(422, "invalid_fields", "Исправьте ошибки в полях и повторите.", [fault])
    if body["client_id"] == "klinika-7":
        return problem(409, "client_taken", "Клиент с таким именем уже есть. Выберите другое имя.")
    if not body["redirect_uris"]:
        fault = {"pointer": "/redirect_uris", "code": "redirect_uri", "message": "Укажите адрес возврата"}
        return problem(422, "invalid_fields", "Исправьте ошибки в полях и повторите.", [fault])
    STATE.setdefault("registered", []).append(body)
    return JSONResponse(
        {"client_id": body["client_id"], "client_secret": "secret-of-" + body["client_id"]}, 201
    )


@app.post("/api/v1/admin/partners/{client_id}/{what}")
async def change_partner(client_id: str, what: str):
    if what == "secret":
        return {"client_secret": "new-secret-of-" + client_id}
    (STATE["ended"].add if what == "disable" else STATE["ended"].discard)("client")
    return Response(status_code=204)
