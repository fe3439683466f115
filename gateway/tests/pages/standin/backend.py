"""The services' JSON over HTTP, from the invented world: paths, codes and shapes as the services have them."""

import asyncio
from datetime import timedelta

from desk import router as desk
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from papers import router as papers
from people import CARD, MEMBERS, me
from world import (
    BY_ID,
    CYCLE,
    ELEMENTS,
    FORM,
    HEART,
    HOSPITAL,
    NORTH,
    POLYCLINIC,
    TODAY,
    application,
    cycle,
    day,
    moment,
    new_world,
    plan_item,
    uid,
)

app = FastAPI()
app.include_router(desk)
app.include_router(papers)


def new_state():
    """Everything that pages may change."""
    return {
        "world": new_world(),
        "down": set(),
        "confirmed": set(),
        "consented": set(),
        "ended": set(),
        "purposes": {},
        "taken_back": {},
        "workplaces": {},
        "asked": [],
        "waiting": [uid("role-request-3")],
    }


STATE = new_state()


def world():
    return STATE["world"]


def who(request):
    return request.headers.get("authorization", "Bearer ").removeprefix("Bearer ") or None


def problem(status, code, detail, errors=None):
    return JSONResponse(
        {
            "type": f"about:{code}",
            "title": detail,
            "status": status,
            "code": code,
            "detail": detail,
            "errors": errors or [],
            "trace_id": "0" * 32,
        },
        status,
        media_type="application/problem+json",
    )


@app.get("/api/v1/registrations/form")
async def registration_form():
    return {
        "citizenships": [{"code": "RUS", "name": "Россия"}, {"code": "BLR", "name": "Беларусь"}],
        "password": {
            "min_length": 8,
            "max_length": 128,
            "classes": True,
            "max_age_days": 90,
            "age_lifted": True,
        },
    }


@app.post("/api/v1/registrations/invitations/open")
async def registration_invitation():
    return {"email": "orlova@example.org"}


@app.get("/internal/providers")
async def providers():
    return [{"key": "esia", "title": "Госуслуги"}, {"key": "sandbox-oidc", "title": "Учебный вход"}]


def entry_of(key):
    if key in STATE["consented"] and MEMBERS[key][2] == "unmatched":
        return "full"
    return "full" if key in STATE["confirmed"] else MEMBERS[key][2]


def person(request):
    key = who(request)
    answer = me(key, consent=MEMBERS[key][3] or key in STATE["consented"])
    answer["entry"] = entry_of(key)
    return answer


@app.get("/api/v1/me")
async def get_me(request: Request):
    return person(request)


@app.post("/api/v1/me/refresh")
async def refresh(request: Request):
    STATE["refreshed"] = STATE.get("refreshed", 0) + 1
    if STATE["refreshed"] > 3:
        return problem(429, "match_quota_spent", "Сегодня данные уже сверяли 3 раза.")
    return person(request)


@app.post("/api/v1/me/match/confirm")
async def confirm(request: Request):
    STATE["confirmed"].add(who(request))
    return person(request)


CONSENT = {
    "version": "2025-09",
    "title": "Согласие на обработку и передачу персональных данных",
    "categories": [
        {
            "code": "full_name",
            "title": "Фамилия, имя, отчество",
            "source": "Госуслуги и регистр",
            "used_for": "узнать вас и заполнить заявки",
        },
        {
            "code": "birth_date",
            "title": "Дата рождения",
            "source": "Госуслуги и регистр",
            "used_for": "сверить вас с записью регистра",
        },
        {
            "code": "qualification",
            "title": "Квалификация: образование, сертификаты, аккредитации, места работы",
            "source": "регистр",
            "used_for": "открыть пятилетний цикл и подобрать программы",
        },
        {
            "code": "identifier",
            "title": "Идентификатор: СНИЛС",
            "source": "Госуслуги",
            "used_for": "найти вашу запись в регистре",
        },
        {
            "code": "current_learning",
            "title": "Текущее обучение: заявки, зачисление, результаты",
            "source": "портал и образовательные организации",
            "used_for": "вести учёт",
        },
    ],
    "text": "Я разрешаю порталу получать перечисленные сведения из Госуслуг и Федерального регистра медицинских работников, хранить их и передавать образовательным организациям, в которые я подам заявку.\n\nСогласие действует, пока я его не отзову.",
    "hash": "00",
}


MAIN = "data_transfer"
FURTHER = {
    "organisation_transfer": (
        "Согласие на передачу данных образовательной организации",
        "Передать данные организации",
    ),
    "employer_transfer": ("Согласие на передачу данных работодателю", "Показывать вас работодателю"),
    "partner_transfer": ("Согласие на передачу данных системам-партнёрам", "Сообщать подключённым системам"),
    "sms_messages": ("Согласие на уведомления по SMS", "Присылать SMS о заявках"),
}
RECORD = "0190f0a0-0000-7000-8000-000000000001"


def consent_text(title=None, summary="Сверить вас с регистром"):
    return {
        **CONSENT,
        "title": title or CONSENT["title"],
        "summary": summary,
        "needed_for": "Без него портал не может записать вас на обучение.",
        "recipients": ["Федеральный регистр медицинских работников"],
        "actions": "сбор, хранение, удаление",
        "retention": "пока вы не отозвали согласие",
        "consequences": ["Кабинет сразу закроется.", "Через 30 дней данные будут уничтожены."],
    }


def purpose_item(key, purpose):
    given = purpose in STATE["purposes"].get(key, set())
    taken = purpose in STATE["taken_back"].get(key, set())
    if purpose == MAIN:
        given = not taken and (MEMBERS[key][3] or key in STATE["consented"])
    state = "granted" if given else ("withdrawn" if taken else "none")
    text = consent_text(*FURTHER[purpose]) if purpose in FURTHER else consent_text()
    return {
        "purpose": purpose,
        "main": purpose == MAIN,
        "state": state,
        "answered_at": None if state == "none" else moment(-1),
        "answered_version": None if state == "none" else "2025-09",
        "record_id": None if state == "none" else RECORD,
        "text": text,
    }


@app.get("/api/v1/me/consents")
async def consents(request: Request):
    key = who(request)
    items = [purpose_item(key, purpose) for purpose in (MAIN, *FURTHER)]
    awaited = {"state": "due", "due_at": moment(720)} if items[0]["state"] == "withdrawn" else None
    return {
        "current_text": items[0]["text"],
        "state": items[0]["state"],
        "history": [],
        "purposes": items,
        "erasure": awaited,
    }


@app.post("/api/v1/me/consents", status_code=201)
async def answer_consent(request: Request):
    key, body = who(request), await request.json()
    purpose = body.get("purpose", MAIN)
    if purpose == MAIN:
        (STATE["consented"].add if body.get("agreed", True) else STATE["consented"].discard)(key)
    elif body.get("agreed", True):
        STATE["purposes"].setdefault(key, set()).add(purpose)
    STATE["taken_back"].get(key, set()).discard(purpose)
    return person(request)


@app.delete("/api/v1/me/consents", status_code=204)
async def withdraw_consent(request: Request, purpose: str = MAIN):
    key = who(request)
    STATE["purposes"].get(key, set()).discard(purpose)
    STATE["taken_back"].setdefault(key, set()).add(purpose)
    return Response(status_code=204)


@app.get("/api/v1/me/consents/records/{record_id}")
async def consent_receipt(record_id: str):
    receipt = {
        "schema": "ISO/IEC TS 27560",
        "record_id": record_id,
        "subject": "7d6a1d36-1111-4111-8111-111111111111",
        "controller": "Портал непрерывного медицинского и фармацевтического образования",
        "purpose": {"code": MAIN, "title": CONSENT["title"], "summary": "Сверить вас с регистром"},
        "notice": {"version": "2025-09", "sha256": "ab" * 32, "language": "ru", "text": "Я даю согласие."},
        "data_categories": CONSENT["categories"],
        "recipients": ["Федеральный регистр медицинских работников"],
        "processing": "сбор, хранение, удаление",
        "retention": "пока вы не отозвали согласие",
        "withdrawal": "в любой день в настройках кабинета",
        "method": {"code": "web", "title": "отметка и кнопка на отдельной странице"},
        "given_at": moment(-1),
        "state": {"code": "given", "title": "действует"},
        "events": [{"kind": "granted", "at": moment(-1)}],
    }
    return {"receipt": receipt, "signed": "a.b.c"}


@app.get("/api/v1/notifications/disclosures")
async def told_partners():
    told = {
        "id": "0190f0a0-0000-7000-8000-000000000012",
        "at": moment(-4),
        "partner": "=HYPERLINK(1)",
        "title": "Состояние вашей заявки изменилось",
        "fields": ["specialist_id", "number", "status"],
    }
    return {"items": [told], "next_cursor": None}


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (Linux; Android 16; Pixel) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Mobile Safari/537.36"


@app.get("/api/v1/me/sessions")
async def sessions():
    known = (("sid-1", True, -1, "127.0.0.0/24", FIREFOX), ("sid-2", False, -20, "203.0.113.0/24", PHONE))
    items = [
        {
            "sid": uid(name),
            "current": current,
            "provider": "esia",
            "signed_in_at": moment(hours),
            "confirmed_at": moment(hours),
            "expires_at": moment(hours + 12),
            "ip_prefix": network,
            "user_agent": agent,
        }
        for name, current, hours, network, agent in known
        if name not in STATE["ended"]
    ]
    return {"items": items, "next_cursor": None}


@app.delete("/api/v1/me/sessions/{sid}", status_code=204)
async def end_session(sid: str):
    STATE["ended"].update(name for name in ("sid-1", "sid-2") if uid(name) == sid)


@app.post("/api/v1/me/sessions/end-others")
async def end_other_sessions():
    STATE["ended"].add("sid-2")
    return {"ended": 1}


LOOKERS = {"Сотрудник организации": NORTH, "Руководитель организации": HOSPITAL}


def journal_rows(service, rows, only=None):
    return {
        "items": [
            {
                "id": uid(f"journal-{service}-{hours}"),
                "at": moment(hours),
                "action": action,
                "kind": kind,
                "title": title,
                "by": by,
                "organization_id": LOOKERS.get(by),
                "result": result,
                "reason": None,
                "fields": ["full_name", "snils"] if kind == "look" else [],
                "ip_prefix": "127.0.0.0/24" if by == "Вы" else "",
                "object": "",
                "reference": "=cmd|' /C calc'!A0" if kind == "look" else "0" * 32,
            }
            for hours, action, kind, title, by, result in rows
            if only in {None, kind}
        ],
        "next_cursor": None,
    }


@app.get("/api/v1/me/journal")
async def journal(kind: str | None = None):
    rows = [
        (-1, "login.succeeded", "sign_in", "Вход через Госуслуги", "Вы", "ok"),
        (-28, "consent.granted", "consent", "Вы дали согласие на передачу данных", "Вы", "ok"),
        (-30, "login.refused", "sign_in", "Вход отклонён", "Вы", "denied"),
    ]
    return journal_rows("identity", rows, kind)


@app.get("/api/v1/applications/journal")
async def applications_journal(kind: str | None = None):
    by = "Сотрудник организации"
    rows = [
        (-20, "organization.application.read", "look", "Просмотрены ваша заявка и данные в ней", by, "ok"),
        (-26, "applications.application.submit", "application", "Вы отправили заявку", "Вы", "ok"),
    ]
    return journal_rows("applications", rows, kind)


@app.get("/api/v1/cycles/journal")
async def cycles_journal():
    rows = [(-27, "cycles.cycle.open", "learning", "Вы открыли пятилетний цикл", "Вы", "ok")]
    return journal_rows("cycles", rows)


@app.get("/api/v1/catalog/journal")
async def catalog_journal():
    return journal_rows("catalog", [])


@app.get("/api/v1/register/journal")
async def register_journal(kind: str | None = None):
    told = "Места работы из регистра переданы сервису портала для документа заявки"
    shown = "Ваш работодатель видел ваши сведения в списке сотрудников"
    rows = [
        (-24, "registry.staff.read", "look", shown, "Руководитель организации", "ok"),
        (-25, "registry.employments.disclose", "look", told, "Портал", "ok"),
    ]
    return journal_rows("registry", rows, kind)


@app.post("/api/v1/me/journal/exports", status_code=204)
async def note_export():
    return Response(status_code=204)


ROLE_TITLES = {
    "specialist": "Специалист",
    "org_staff": "Сотрудник организации",
    "org_admin": "Администратор организации",
    "head": "Руководитель медицинской организации",
    "hr": "Сотрудник кадровой службы",
    "support": "Сотрудник поддержки",
    "admin": "Администратор портала",
}


def place(role, organization_id, *, current=False):
    return {
        "role": role,
        "title": ROLE_TITLES[role],
        "organization_id": organization_id,
        "current": current,
    }


def roles_held(key):
    return [(role, None if role == "admin" else NORTH) for role in MEMBERS[key][4] if role != "specialist"]


@app.get("/api/v1/me/workplaces")
async def workplaces(request: Request):
    key = who(request)
    chosen = STATE["workplaces"].get(key)
    items = [*roles_held(key), ("specialist", None)]
    return {"items": [place(role, where, current=(role, where) == chosen) for role, where in items]}


@app.put("/api/v1/me/workplace", status_code=204)
async def choose_workplace(request: Request):
    body = await request.json()
    chosen = (body["role"], body["organization_id"])
    if chosen not in [*roles_held(who(request)), ("specialist", None)]:
        return problem(409, "workplace_unknown", "У вас нет такого рабочего места.")
    STATE["workplaces"][who(request)] = chosen
    return Response(status_code=204)


def role_request(number, role, state, *, answer=None, at=NORTH):
    return {
        "request_id": uid(f"role-request-{number}"),
        "role": role,
        "title": ROLE_TITLES[role],
        "organization_id": at,
        "state": state,
        "created_at": moment(-24 * number),
        "decided_at": None if state == "pending" else moment(-1),
        "answer": answer,
    }


@app.get("/api/v1/me/roles")
async def own_roles(request: Request):
    key = who(request)
    held = [{**place(role, where), "granted_at": moment(-48)} for role, where in roles_held(key)]
    asked = [role_request(2, "org_admin", "refused", answer="Администратор у организации уже есть")]
    if key != "empty":
        asked = [*STATE["asked"], *asked]
    return {"roles": held, "requests": asked if key != "empty" else []}


@app.post("/api/v1/me/roles/requests", status_code=201)
async def ask_for_role(request: Request):
    body = await request.json()
    if len(body["reason"]) < 10:
        error = {"pointer": "/reason", "code": "string_too_short", "message": "Слишком коротко"}
        return problem(422, "invalid_fields", "Проверьте поля", [error])
    if STATE["asked"]:
        return problem(409, "role_requested", "Запрос на эту роль уже отправлен.")
    STATE["asked"].append(role_request(1, body["role"], "pending", at=body["organization_id"]))
    return STATE["asked"][0]


@app.delete("/api/v1/me/roles/requests/{request_id}", status_code=204)
async def withdraw_role_request(request_id: str):
    STATE["asked"] = [item for item in STATE["asked"] if item["request_id"] != request_id]
    return Response(status_code=204)


@app.get("/api/v1/organization/people")
@app.get("/api/v1/admin/people")
async def people_with_roles(request: Request):
    mine = MEMBERS[who(request)][0]
    holders = [("Озёрная Н. К.", "org_staff"), ("Полевой Р. Т.", "org_admin"), ("Речная О. В.", "head")]
    waiting = [item for item in STATE["waiting"] if item not in STATE["ended"]]
    return {
        "items": [
            {
                **place(role, NORTH),
                "membership_id": uid(f"membership-{role}"),
                "short_name": name,
                "granted_at": moment(-100),
                "mine": name == mine,
                "may_revoke": name != mine and uid(f"membership-{role}") not in STATE["ended"],
            }
            for name, role in holders
        ],
        "next_cursor": None,
        "requests": [
            {
                **role_request(3, "org_staff", "pending"),
                "request_id": item,
                "full_name": "Лугова Инна Аркадьевна",
                "reason": "Работаю в деканате, принимаю заявки слушателей",
                "mine": False,
                "may_decide": True,
            }
            for item in waiting
        ],
    }


@app.post("/api/v1/organization/people/requests/{request_id}/{what}")
@app.post("/api/v1/admin/people/requests/{request_id}/{what}")
async def decide_on_role(request_id: str, what: str):
    STATE["waiting"].remove(request_id)
    return role_request(3, "org_staff", "granted" if what == "grant" else "refused")


@app.post("/api/v1/organization/people/{membership_id}/revoke", status_code=204)
@app.post("/api/v1/admin/people/{membership_id}/revoke", status_code=204)
async def revoke_role(membership_id: str):
    if membership_id == uid("membership-org_admin"):
        return problem(409, "last_administrator", "Это последний администратор. Сначала назначьте другого.")
    STATE["ended"].add(membership_id)
    return Response(status_code=204)


@app.get("/api/v1/register/card")
async def card(request: Request):
    if who(request) == "absent":
        return problem(404, "not_in_register", "Записи в регистре нет.")
    return CARD


@app.get("/api/v1/dictionaries/specialties")
async def specialties():
    return {
        "items": [
            {"key": "VO-042", "name": "Кардиология"},
            {"key": "VO-104", "name": "Терапия"},
            {"key": "VO-066", "name": "Педиатрия"},
        ]
    }


@app.get("/api/v1/dictionaries/regions")
async def regions():
    return {
        "items": [
            {"key": "77", "code": "77", "name": "г. Москва"},
            {"key": "78", "code": "78", "name": "г. Санкт-Петербург"},
        ]
    }


@app.get("/api/v1/catalog/elements")
async def elements(request: Request):
    q = request.query_params
    found = [
        e
        for e in ELEMENTS
        if (not q.get("kind") or e["kind"] == q["kind"])
        and (not q.get("form") or e["form"] == q["form"])
        and (not q.get("basis") or q["basis"] in e["bases"])
        and (not q.get("q") or q["q"].lower() in e["title"].lower())
        and (not q.get("specialty") or q["specialty"] in e["specialty_keys"])
    ]
    limit, start = int(q.get("limit", 25)), int(q.get("cursor", 0))
    after = start + limit
    return {
        "items": found[start:after],
        "next_cursor": str(after) if after < len(found) else None,
        "total_capped": len(found),
        "suggestion": "кардиология" if not found else None,
    }


@app.get("/api/v1/catalog/elements/{element_id}")
async def one_element(element_id: str):
    return BY_ID.get(element_id) or problem(404, "not_found", "Такого обучения нет")


REGISTERED = {
    HOSPITAL: ("Городская больница № 7", "ГБ № 7"),
    POLYCLINIC: ("Городская поликлиника № 12", "ГП № 12"),
}


def registered(organization_id):
    name, short = REGISTERED[organization_id]
    return {
        "organization_id": organization_id,
        "name": name,
        "short_name": short,
        "region_name": "г. Москва",
    }


@app.get("/api/v1/register/organizations")
async def registered_organizations(request: Request):
    return {"items": [registered(one) for one in request.query_params.getlist("id") if one in REGISTERED]}


@app.get("/api/v1/register/organizations/search")
async def find_registered(q: str):
    return {"items": [registered(one) for one, (name, _) in REGISTERED.items() if q.lower() in name.lower()]}


@app.get("/api/v1/catalog/organizations")
async def organizations():
    return {"items": [await organization(NORTH), await organization(HEART)], "next_cursor": None}


@app.get("/api/v1/catalog/organizations/{organization_id}")
async def organization(organization_id: str):
    if organization_id not in {NORTH, HEART}:
        return problem(404, "not_found", "Такой организации нет")
    return {
        "organization_id": organization_id,
        "name": "Северный медицинский университет" if organization_id == NORTH else "Общество кардиологов",
        "short_name": "СМУ",
        "kind": "university",
        "region_code": "77",
        "region_name": "г. Москва",
        "address": "Москва, ул. Садовая, 4",
        "phone": "+7 495 000-00-00",
        "email": "dpo@smu.example",
        "site": "https://smu.example",
    }


@app.get("/api/v1/cycles")
async def cycles(request: Request):
    return {"items": [] if who(request) in {"empty", "unmatched"} else world()["cycles"], "next_cursor": None}


@app.get("/api/v1/cycles/offers")
async def offers(request: Request):
    opened = who(request) == "match"
    return {
        "items": [
            {
                "document_id": uid("document-1"),
                "kind": "accreditation",
                "specialty_key": "VO-042",
                "specialty_name": "Кардиология",
                "series": "7726",
                "number": "031524876",
                "exam_on": day(-400),
                "issued_on": day(-390),
                "section": "accreditation",
                "starts_on": day(-400),
                "ends_on": (TODAY + timedelta(days=1425)).isoformat(),
                "cycle_id": CYCLE if opened else None,
            },
            {
                "document_id": uid("document-2"),
                "kind": "accreditation_protocol",
                "specialty_key": "VO-066",
                "specialty_name": "Педиатрия",
                "series": None,
                "number": None,
                "exam_on": day(-20),
                "issued_on": None,
                "section": "accreditation",
                "starts_on": day(-20),
                "ends_on": day(1805),
                "cycle_id": None,
            },
        ]
    }


@app.post("/api/v1/cycles", status_code=201)
async def open_cycle(request: Request):
    body = await request.json()
    if body.get("specialty_key") == "VO-104":
        return problem(
            422,
            "invalid_fields",
            "Проверьте поля",
            [
                {
                    "pointer": "/document/number",
                    "message": "Такой документ уже есть в другом цикле",
                    "code": "used",
                }
            ],
        )
    made = cycle(
        uid("cycle-new"), "Педиатрия", "VO-066", "accreditation", day(-20), day(1805), total_zet="0.00"
    )
    if all(c["cycle_id"] != made["cycle_id"] for c in world()["cycles"]):
        world()["cycles"].append(made)
    return made


@app.get("/api/v1/cycles/{cycle_id}")
async def one_cycle(cycle_id: str):
    found = [c for c in world()["cycles"] if c["cycle_id"] == cycle_id]
    return found[0] if found else problem(404, "not_found", "Такого цикла нет")


@app.patch("/api/v1/cycles/{cycle_id}")
async def change_cycle(cycle_id: str, request: Request):
    found = next(c for c in world()["cycles"] if c["cycle_id"] == cycle_id)
    found.update(await request.json())
    return found


@app.delete("/api/v1/cycles/{cycle_id}", status_code=204)
async def delete_cycle(cycle_id: str):
    if cycle_id == CYCLE:
        return problem(409, "cycle_in_use", "Цикл нельзя удалить: в его плане уже есть обучение")
    world()["cycles"] = [c for c in world()["cycles"] if c["cycle_id"] != cycle_id]
    return Response(status_code=204)


@app.get("/api/v1/cycles/{cycle_id}/plan")
async def plan(cycle_id: str):
    items = world()["plan"] if cycle_id == CYCLE else []
    for item in items:
        for a in world()["applications"]:
            if item["application"] and a["application_id"] == item["application"]["application_id"]:
                item["application"]["status"] = a["status"]
    return {
        "cycle": (await one_cycle(cycle_id)),
        "groups": [
            {
                "code": "formal",
                "title": "Дополнительные профессиональные программы повышения квалификации",
                "target_zet": "180.00",
                "earned_zet": "126.00" if items else "0.00",
                "items": [i for i in items if i["kind"] == "programme"],
            },
            {
                "code": "informal",
                "title": "Образовательные мероприятия и модули",
                "target_zet": "70.00",
                "earned_zet": "2.00" if items else "0.00",
                "items": [i for i in items if i["kind"] != "programme"],
            },
        ],
    }


@app.post("/api/v1/cycles/{cycle_id}/plan/items", status_code=201)
async def choose(cycle_id: str, request: Request):
    element_id = (await request.json())["element_id"]
    if any(i["element_id"] == element_id for i in world()["plan"]):
        return problem(409, "already_in_plan", "Это обучение уже в вашем плане")
    n = ELEMENTS.index(BY_ID[element_id]) + 1
    item = plan_item(n, "planned")
    world()["plan"].append(item)
    if item["kind"] == "programme":
        asyncio.get_running_loop().call_later(0.4, draft, n, item)
    return item


def draft(n, item):
    made = application(40 + n, n, "draft", seat="none", version=1)
    world()["applications"].insert(0, made)
    item["application"] = {k: made[k] for k in ("application_id", "number", "status")}


@app.delete("/api/v1/cycles/{cycle_id}/plan/items/{item_id}", status_code=204)
async def unchoose(cycle_id: str, item_id: str):
    world()["plan"] = [i for i in world()["plan"] if i["plan_item_id"] != item_id]
    return Response(status_code=204)


@app.get("/api/v1/cycles/{cycle_id}/ledger")
async def ledger(cycle_id: str):
    if cycle_id != CYCLE:
        return {"items": [], "next_cursor": None}
    rows = [
        (2, "72.00", -289, None),
        (3, "54.00", -189, None),
        (5, "4.00", -40, None),
        (5, "-4.00", -35, uid("entry-5-40")),
        (5, "2.00", -30, None),
    ]
    return {
        "items": [
            {
                "entry_id": uid(f"entry-{n}{at}"),
                "plan_item_id": uid(f"plan-{n}"),
                "element_id": ELEMENTS[n - 1]["element_id"],
                "title": ELEMENTS[n - 1]["title"],
                "kind": ELEMENTS[n - 1]["kind"],
                "zet": zet,
                "earned_on": day(at),
                "recorded_at": moment(at * 24),
                "source": "application/x",
                "reversed_entry_id": reversed_id,
            }
            for n, zet, at, reversed_id in rows
        ],
        "next_cursor": None,
    }


@app.get("/api/v1/cycles/{cycle_id}/progress")
async def progress(cycle_id: str):
    full = cycle_id == CYCLE
    return {
        "total_zet": "128.00" if full else "0.00",
        "target_zet": "250.00",
        "years": [
            {
                "year": n + 1,
                "from": day(-400 + 365 * n),
                "to": day(-400 + 365 * (n + 1) - 1),
                "zet": zet if full else "0.00",
                "target_zet": "50.00",
            }
            for n, zet in enumerate(("72.00", "56.00", "0.00", "0.00", "0.00"))
        ],
        "components": [
            {
                "code": "formal",
                "title": "Программы повышения квалификации",
                "zet": "126.00" if full else "0.00",
                "target_zet": "180.00",
            },
            {
                "code": "informal",
                "title": "Образовательные мероприятия и модули",
                "zet": "2.00" if full else "0.00",
                "target_zet": "70.00",
            },
        ],
        "days_left": 1425,
        "months_left": 47,
        "pace_zet_per_month": "2.60",
        "forecast": {"on_track": True, "ends_with_zet": "262.00"},
        "norms": [
            {
                "code": "portal_250",
                "title": "Рекомендация портала: 250 ЗЕТ за пять лет",
                "legal_source": "Модель портала НМФО",
                "satisfied": False,
                "required": "250.00",
                "counted": "128.00",
                "parts": [
                    {"title": "Программы", "required": "180.00", "counted": "126.00", "satisfied": False},
                    {
                        "title": "Мероприятия и модули",
                        "required": "70.00",
                        "counted": "2.00",
                        "satisfied": False,
                    },
                ],
            },
            {
                "code": "law_144",
                "title": "Периодическая аккредитация: 144 часа за пять лет",
                "legal_source": "Порядок аккредитации, действующий на день подачи",
                "satisfied": False,
                "required": "144.00",
                "counted": "128.00",
                "parts": [
                    {"title": "Программы", "required": "72.00", "counted": "126.00", "satisfied": True}
                ],
            },
        ],
        "next_step": "Выберите программу на 36 или 72 ЗЕТ",
    }


def mine(application_id):
    for a in world()["applications"]:
        if application_id in {a["application_id"], a["number"]}:
            return a
    return None


@app.get("/api/v1/applications")
async def applications(request: Request):
    q = request.query_params
    found = [] if who(request) in {"empty", "unmatched"} else world()["applications"]
    if q.get("plan_item_id"):
        found = [a for a in found if a["plan_item_id"] == q["plan_item_id"]]
    if q.get("number"):
        found = [a for a in found if a["number"] == q["number"]]
    return {"items": found, "next_cursor": None}


@app.get("/api/v1/applications/verify/{code}")
async def verify(code: str):
    if code != "K7Q4-9TZM":
        return problem(404, "not_found", "Документа с таким кодом нет")
    return {
        "valid": True,
        "kind": "application",
        "title": "Заявка на цикл",
        "number": f"NMO-0121332-{TODAY.year}",
        "issued_at": moment(-24 * 20),
        "status": "completed",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "applicant": "О. А. С.",
    }


@app.get("/api/v1/applications/{application_id}")
async def one_application(application_id: str):
    return mine(application_id) or problem(404, "not_found", "Такой заявки нет")


@app.patch("/api/v1/applications/{application_id}")
async def change(application_id: str, request: Request):
    found, body = mine(application_id), await request.json()
    if body.get("position") == "Ошибка":
        return problem(
            422,
            "invalid_fields",
            "Проверьте поля",
            [{"pointer": "/position", "message": "Такой должности нет в справочнике", "code": "unknown"}],
        )
    found["form"] = {**FORM, **body}
    found["version"] += 1
    return found


@app.post("/api/v1/applications/{application_id}/submit")
async def submit(application_id: str):
    found = mine(application_id)
    found.update(status="submitted", seat="pending", allowed=["withdraw", "delete"])
    found["documents"] = [
        {
            "kind": "application",
            "title": "Заявка на цикл",
            "url": f"/api/v1/applications/{application_id}/documents/application.pdf",
        }
    ]
    asyncio.get_running_loop().call_later(0.5, found.update, {"seat": "held"})
    return found


@app.post("/api/v1/applications/{application_id}/withdraw")
async def withdraw(application_id: str):
    found = mine(application_id)
    found.update(status="withdrawn", seat="released", allowed=["delete"])
    return found


@app.delete("/api/v1/applications/{application_id}", status_code=204)
async def remove(application_id: str):
    world()["applications"] = [a for a in world()["applications"] if a["application_id"] != application_id]
    return Response(status_code=204)


@app.get("/api/v1/applications/{application_id}/employments")
async def employments(application_id: str):
    jobs = [
        {
            "employer_oid": "1.2.643.5.1.13.13.12.2.77.7007",
            "employer_name": "Городская больница № 7",
            "employer_address": "г. Москва, ул. Лесная, д. 7",
            "region_code": "77",
            "position": "Врач-кардиолог",
            "state_budget": True,
        },
        {
            "employer_oid": "1.2.643.5.1.13.13.12.2.77.7008",
            "employer_name": "Клиника «Пульс»",
            "employer_address": "г. Москва, ул. Полевая, д. 2",
            "region_code": "77",
            "position": "Врач функциональной диагностики",
            "state_budget": False,
        },
    ]
    first = jobs[0]
    suggested = {
        "employment": "employed",
        "position": first["position"],
        "workplace_name": first["employer_name"],
        "workplace_address": first["employer_address"],
        "region_code": "77",
        "basis": None,
        "payer": None,
        "employer_oid": first["employer_oid"],
    }
    return {"items": jobs, "suggested": suggested}


@app.get("/api/v1/organization/applications/{application_id}/history")
@app.get("/api/v1/applications/{application_id}/history")
async def history(application_id: str):
    return {"items": world()["history"]}


@app.get("/api/v1/organization/applications")
async def queue(request: Request):
    status, text = request.query_params.get("status"), request.query_params.get("q", "").lower()
    found = [
        a
        for a in world()["queue"]
        if (not status or a["status"] == status)
        and (text in a["number"].lower() or text in a["applicant"]["short_name"].lower())
    ]
    return {"items": found, "next_cursor": None}


def queued(application_id):
    return next((a for a in world()["queue"] if application_id in {a["application_id"], a["number"]}), None)


@app.get("/api/v1/organization/applications/{application_id}")
async def queued_one(application_id: str):
    found = queued(application_id)
    if not found:
        return problem(404, "not_found", "Такой заявки нет")
    name = found["applicant"]["short_name"]
    return {
        **found,
        "applicant": {
            "short_name": name,
            "full_name": f"{name.split()[0]} Елена Максимовна",
            "snils": "112-233-445 95",
        },
    }


MOVES = {
    "confirm": "confirmed",
    "reject": "rejected",
    "request-documents": "documents_requested",
    "enrol": "enrolled",
}


@app.post("/api/v1/organization/applications/{application_id}/{move}")
async def decide(application_id: str, move: str, request: Request):
    found = queued(application_id)
    raw = await request.body()
    body = await request.json() if raw else {}
    if move == "confirm" and found["seat"] == "pending":
        return problem(409, "seat_pending", "Место ещё бронируется. Повторите через несколько секунд.")
    found["status"] = MOVES.get(move) or ("completed" if body.get("passed") else "failed")
    found["reason"] = body.get("reason") or body.get("message")
    found["allowed"] = {"confirmed": ["enrol", "reject"], "enrolled": ["complete", "fail"]}.get(
        found["status"], []
    )
    return found


@app.post("/api/v1/organization/results")
async def results(request: Request):
    lines = (await request.body()).decode("utf-8-sig").splitlines()
    if not lines or "Номер заявки" not in lines[0]:
        return problem(
            422,
            "invalid_fields",
            "Проверьте файл",
            [{"pointer": "", "message": "В файле нет столбцов: номер заявки", "code": "file"}],
        )
    items = []
    for number, line in enumerate(lines[1:], start=2):
        name = line.split(";")[0]
        known = queued(name)
        fit = bool(known) and known["status"] == "enrolled"
        items.append(
            {
                "line": number,
                "number": name,
                "accepted": fit,
                "message": None if fit else "Заявка не в статусе «Зачислен»",
            }
        )
    accepted = sum(item["accepted"] for item in items)
    return {"accepted": accepted, "refused": len(items) - accepted, "items": items}


@app.get("/api/v1/notifications")
async def notices(request: Request):
    items = world()["notices"] if who(request) == "match" else []
    return {"items": items, "next_cursor": None, "unread": sum(1 for n in items if not n["read_at"])}


@app.post("/api/v1/notifications/read", status_code=204)
async def read():
    for n in world()["notices"]:
        n["read_at"] = n["read_at"] or moment(0)
    return Response(status_code=204)


@app.get("/api/v1/notifications/stream")
async def stream():
    async def events():
        yield ": hello\n\n"
        yield f'id: 1\nevent: unread\ndata: {{"unread": {sum(1 for n in world()["notices"] if not n["read_at"])}}}\n\n'
        while True:
            await asyncio.sleep(10)
            yield ": ping\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")
