"""Invented data in the shapes the services answer with; dates are counted from today."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from nmo_contracts.organizations import medical_organization_id
from nmo_kit import clock

TODAY = clock.today()
"""The invented dates move with the day of the pages, which is Moscow's."""


def uid(name):
    return str(uuid5(NAMESPACE_URL, f"https://standin.example/{name}"))


def day(offset):
    return (TODAY + timedelta(days=offset)).isoformat()


def moment(offset_h):
    return (datetime.now(UTC) + timedelta(hours=offset_h)).isoformat().replace("+00:00", "Z")


CYCLE, CYCLE_2, CYCLE_3 = uid("cycle"), uid("cycle-2"), uid("cycle-3")
NORTH, HEART = uid("org-1"), uid("org-2")
HOSPITAL, POLYCLINIC = (
    str(medical_organization_id(f"1.2.643.5.1.13.13.12.2.77.{number}")) for number in (7007, 7112)
)
"""In the register only."""
START, END = day(-400), (TODAY + timedelta(days=-400 + 1825)).isoformat()


def element(
    n,
    kind,
    title,
    zet,
    *,
    starts=None,
    ends=None,
    form="full_time",
    org=NORTH,
    bases=("budget", "contract"),
    **more,
):
    return {
        "element_id": uid(f"element-{n}"),
        "kind": kind,
        "title": title,
        "zet": f"{zet}.00",
        "workload_hours": zet,
        "form": form,
        "bases": list(bases) if kind == "programme" else [],
        "starts_on": day(starts) if starts is not None else None,
        "ends_on": day(ends) if ends is not None else None,
        "organization": {
            "organization_id": org,
            "name": "Северный медицинский университет" if org == NORTH else "Общество кардиологов",
        },
        "region_code": "77",
        "place": "Москва, ул. Садовая, 4" if kind != "module" else "Портал НМФО",
        "price_kopecks": 1850000 if "contract" in bases else None,
        "seats_total": 25 if kind == "programme" else None,
        "seats_left": 7 if kind == "programme" else None,
        "has_simulation": n % 2 == 0,
        "has_placement": n % 3 == 0,
        "uses_distance": form != "full_time",
        "specialty_keys": ["VO-042"],
        "specialty_names": ["Кардиология"],
        "about": "Разбор клинических рекомендаций, тактика на догоспитальном этапе, практикум на симуляторе.",
        "materials_url": None,
        "recording_url": None,
        **more,
    }


ELEMENTS = [
    element(1, "programme", "Неотложная кардиология", 36, starts=20, ends=31, form="part_time"),
    element(2, "programme", "Эхокардиография: практический курс с симуляцией", 72, starts=-300, ends=-289),
    element(
        3,
        "programme",
        "Артериальная гипертензия у пожилых",
        54,
        starts=-200,
        ends=-189,
        form="correspondence",
    ),
    element(
        4,
        "event",
        "Вебинар «Клинические рекомендации по хронической сердечной недостаточности»",
        2,
        starts=6,
        ends=6,
        org=HEART,
    ),
    element(5, "module", "Модуль «Фибрилляция предсердий»", 2),
    element(
        6,
        "programme",
        "Современная аритмология",
        72,
        starts=45,
        ends=58,
        bases=("budget", "contract", "contract_foms"),
    ),
    element(
        7,
        "programme",
        "Реабилитация после инфаркта миокарда",
        36,
        starts=60,
        ends=66,
        form="correspondence",
        bases=("contract",),
        seats_left=0,
    ),
    element(8, "event", "Конгресс «Сердце и сосуды»", 6, starts=33, ends=34, org=HEART),
    element(9, "programme", "Электрокардиография в практике врача", 18, starts=75, ends=78),
    element(10, "module", "Модуль «Дислипидемии»", 1, specialty_keys=["VO-042", "NSI-1302"]),
]
BY_ID = {e["element_id"]: e for e in ELEMENTS}


def application(
    n, element_n, status, *, seat="held", reason=None, form=None, version=3, plan=True, number=None
):
    e = ELEMENTS[element_n - 1]
    allowed = {
        "draft": ["edit", "submit", "withdraw", "delete"],
        "submitted": ["withdraw", "delete"],
        "documents_requested": ["edit", "submit", "withdraw"],
        "confirmed": ["withdraw"],
        "rejected": ["delete"],
        "withdrawn": ["delete"],
    }.get(status, [])
    titles = {"application": "Заявка на цикл", "certificate": "Образовательный сертификат"}
    number = number or f"NMO-{121330 + n:07d}-{TODAY.year}"
    return {
        "application_id": uid(f"application-{n}"),
        "number": number,
        "status": status,
        "status_title": status,
        "person_id": uid("person-match"),
        "cycle_id": CYCLE,
        "plan_item_id": uid(f"plan-{element_n}"),
        "element": {
            **{k: e[k] for k in ("element_id", "title", "zet", "starts_on", "ends_on", "form")},
            "organization_id": e["organization"]["organization_id"],
            "organization_name": e["organization"]["name"],
            "bases": e["bases"],
        },
        "specialty_key": "VO-042",
        "specialty_name": "Кардиология",
        "form": form or dict.fromkeys(FORM),
        "seat": seat,
        "version": version,
        "documents": [
            {
                "kind": "application",
                "title": titles["application"],
                "url": f"/api/v1/applications/{uid(f'application-{n}')}/documents/application.pdf",
            }
        ]
        if status != "draft"
        else [],
        "reason": reason,
        "created_at": moment(-24 * 12),
        "updated_at": moment(-24 * 2),
        "allowed": allowed,
    }


FORM = {
    "employment": "employed",
    "position": "Врач-кардиолог",
    "workplace_name": "Городская больница № 7",
    "workplace_address": "г. Москва, ул. Лесная, д. 7",
    "region_code": "77",
    "basis": "budget",
    "payer": None,
}


def plan_item(n, status, *, app=None, result=None):
    e = ELEMENTS[n - 1]
    return {
        "plan_item_id": uid(f"plan-{n}"),
        "element_id": e["element_id"],
        **{k: e[k] for k in ("kind", "title", "zet", "form", "starts_on", "ends_on")},
        "organization_id": e["organization"]["organization_id"],
        "organization_name": e["organization"]["name"],
        "application": {k: app[k] for k in ("application_id", "number", "status")} if app else None,
        "result": result,
        "status": status,
    }


def cycle(cycle_id, name, key, section, starts, ends, *, removed_at=None, **more):
    return {
        "cycle_id": cycle_id,
        "specialty_key": key,
        "specialty_name": name,
        "section": section,
        "document": {
            "kind": "accreditation" if section == "accreditation" else "certificate",
            "series": "7726",
            "number": "031524876",
            "issued_on": starts,
            "exam_on": starts,
            "document_id": uid("document-1"),
            "removed_at": removed_at,
        },
        "specialty_successors": [],
        "starts_on": starts,
        "ends_on": ends,
        "preferred_organization_id": NORTH,
        "status": "unconfirmed",
        "closed": False,
        "version": 1,
        "total_zet": "128.00",
        **more,
    }


def new_world():
    """The state at the start; tests change their own copy by posting."""
    apps = [
        application(4, 1, "draft", seat="none", version=1),
        application(2, 2, "completed", form=FORM),
        application(1, 3, "completed", form=FORM),
        application(
            3,
            9,
            "documents_requested",
            form=FORM,
            reason="Приложите копию действующего сертификата специалиста.",
        ),
        application(5, 7, "rejected", form=FORM, seat="refused", reason="В группе не осталось мест."),
    ]
    by_element = {a["element"]["element_id"]: a for a in apps}
    plan = [
        plan_item(1, "planned", app=apps[0]),
        plan_item(2, "credited", app=apps[1], result={"zet": "72.00", "earned_on": day(-289)}),
        plan_item(3, "credited", app=apps[2], result={"zet": "54.00", "earned_on": day(-189)}),
        plan_item(9, "planned", app=apps[3]),
        plan_item(4, "planned"),
        plan_item(5, "credited", result={"zet": "2.00", "earned_on": day(-30)}),
    ]
    queue = [
        {
            **application(n, 6, status, form={**FORM, "position": position}, seat=seat),
            "applicant": {"short_name": who},
        }
        for n, status, position, who, seat in (
            (21, "submitted", "Врач-кардиолог", "Лугова Е. М.", "held"),
            (22, "submitted", "Врач-терапевт", "Березин П. А.", "pending"),
            (23, "documents_requested", "Врач-кардиолог", "Зимина О. В.", "held"),
            (24, "confirmed", "Врач-кардиолог", "Рощин К. Д.", "held"),
            (25, "enrolled", "Врач-кардиолог", "Тихонова А. Л.", "held"),
            (26, "completed", "Врач-кардиолог", "Полевой Г. С.", "held"),
        )
    ]
    for item in queue:
        item["allowed"] = {
            "submitted": ["confirm", "request_documents", "reject"],
            "documents_requested": ["confirm", "reject"],
            "confirmed": ["enrol", "reject"],
            "enrolled": ["complete", "fail"],
        }.get(item["status"], [])
        if item["seat"] == "pending":
            item["allowed"] = ["request_documents", "reject"]
    return deepcopy(
        {
            "cycles": [
                cycle(CYCLE, "Кардиология", "VO-042", "accreditation", START, END),
                cycle(
                    CYCLE_2,
                    "Терапия",
                    "VO-104",
                    "certification",
                    "2015-03-11",
                    "2020-03-10",
                    status="confirmed",
                    closed=True,
                    total_zet="216.00",
                ),
                cycle(
                    CYCLE_3,
                    "Гематология",
                    "VO-013",
                    "accreditation",
                    START,
                    END,
                    removed_at="2026-11-20T21:30:00Z",
                    specialty_successors=["NSI-1301", "NSI-1302"],
                    total_zet="36.00",
                ),
            ],
            "applications": apps,
            "plan": plan,
            "queue": queue,
            "by_element": {key: value["application_id"] for key, value in by_element.items()},
            "history": [
                {
                    "at": moment(-24 * 12),
                    "from": None,
                    "to": "draft",
                    "actor_role": "specialist",
                    "reason": None,
                },
                {
                    "at": moment(-24 * 11),
                    "from": "draft",
                    "to": "submitted",
                    "actor_role": "specialist",
                    "reason": None,
                },
                {
                    "at": moment(-24 * 2),
                    "from": "submitted",
                    "to": "documents_requested",
                    "actor_role": "organization",
                    "reason": "Приложите копию действующего сертификата специалиста.",
                },
            ],
            "notices": [
                {
                    "message_id": uid("m1"),
                    "kind": "application_status",
                    "title": f"Заявка NMO-0121333-{TODAY.year}: нужны документы",
                    "body": "Северный медицинский университет просит приложить копию действующего сертификата специалиста.",
                    "link": f"/cabinet/applications/NMO-0121333-{TODAY.year}",
                    "created_at": moment(-5),
                    "read_at": None,
                },
                {
                    "message_id": uid("m2"),
                    "kind": "threshold",
                    "title": "Набрана половина ЗЕТ",
                    "body": "По циклу «Кардиология» набрано 128 ЗЕТ из 250.",
                    "link": "/cabinet/progress",
                    "created_at": moment(-30),
                    "read_at": None,
                },
                {
                    "message_id": uid("m3"),
                    "kind": "credit",
                    "title": "Зачтено 54 ЗЕТ",
                    "body": "Программа «Артериальная гипертензия у пожилых» зачтена в цикл «Кардиология».",
                    "link": "/cabinet/progress",
                    "created_at": moment(-24 * 40),
                    "read_at": moment(-24 * 39),
                },
            ],
            "consent": True,
        }
    )
