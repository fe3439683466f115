"""Training applications as data: lines, the form with its prefilling, summary, history (APP-01..06)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nmo_gateway import texts
from nmo_gateway.pages.forms import Form

Json = dict[str, Any]
FIELDS = (
    "employment",
    "position",
    "workplace_name",
    "workplace_address",
    "region_code",
    "basis",
    "payer",
)
WORK_FIELDS = ("position", "workplace_name", "workplace_address")
UNKNOWN = texts.Status("Неизвестно", "grey")


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """A line of the list."""

    number: str
    href: str
    title: str
    organization: str
    dates: str
    zet: str
    status: texts.Status
    updated: str
    to_do: str | None


def application_lines(items: list[Json]) -> list[ApplicationLine]:
    """Own applications, as they come: the newest first."""
    return [
        ApplicationLine(
            number=item["number"],
            href=f"/cabinet/applications/{item['number']}",
            title=item["element"]["title"],
            organization=item["element"]["organization_name"],
            dates=texts.span(item["element"].get("starts_on"), item["element"].get("ends_on")),
            zet=item["element"]["zet"],
            status=texts.APPLICATION.get(item["status"], UNKNOWN),
            updated=texts.moment(item["updated_at"]),
            to_do="Заполнить и отправить" if item["status"] == "draft" else None,
        )
        for item in items
    ]


def form_values(application: Json, suggested: Json | None, employer: Json | None) -> dict[str, str]:
    """What the form shows: what is saved, else what the register suggests, else the employment picked by its link."""
    saved = application.get("form") or {}
    source = saved if saved.get("employment") else (suggested or {})
    values = {name: str(source.get(name) or "") for name in FIELDS}
    if employer is not None:
        values.update(
            employment="employed",
            position=str(employer.get("position") or ""),
            workplace_name=str(employer.get("employer_name") or ""),
            workplace_address=str(employer.get("employer_address") or ""),
            region_code=str(employer.get("region_code") or ""),
        )
    values["version"] = str(application["version"])
    bases = application["element"].get("bases") or []
    if not values["basis"] and len(bases) == 1:
        values["basis"] = bases[0]
    return values


def change(form: Form, employments: list[Json]) -> Json:
    """Body of the PATCH: hidden fields are not sent as answers; the employer is named when the place of work is its."""
    body: Json = {name: form.get(name) or None for name in FIELDS}
    if body["employment"] != "employed":
        body.update(dict.fromkeys(WORK_FIELDS))
    if body["basis"] != "contract":
        body["payer"] = None
    same = [item for item in employments if item["employer_name"] == body["workplace_name"]]
    body["employer_oid"] = same[0]["employer_oid"] if same else None
    return body


def read_faults(form: Form) -> None:
    """The page's own check: the service checks again and knows more."""
    if form.get("employment") not in texts.EMPLOYMENT:
        form.add("employment", "Выберите, работаете ли вы")
    if form.get("employment") == "employed":
        for name, words in (
            ("position", "Введите должность"),
            ("workplace_name", "Введите название места работы"),
            ("workplace_address", "Введите адрес места работы"),
        ):
            if not form.get(name):
                form.add(name, words)
    if not form.get("region_code"):
        form.add("region_code", "Выберите регион")
    if form.get("basis") not in texts.BASIS:
        form.add("basis", "Выберите основу обучения")
    if form.get("basis") == "contract" and form.get("payer") not in texts.PAYER:
        form.add("payer", "Выберите, кто платит: физическое или юридическое лицо")


def element_rows(application: Json, specialty: str | None = None) -> list[tuple[str, str]]:
    """What cannot be changed: the programme as chosen."""
    element = application["element"]
    rows = [
        ("Программа", element["title"]),
        ("Организация", element["organization_name"]),
        ("Даты", texts.span(element.get("starts_on"), element.get("ends_on"))),
        ("Трудоёмкость", texts.zet(element["zet"])),
        ("Форма обучения", texts.FORM.get(element["form"], "")),
        ("Специальность", application.get("specialty_name") or specialty or ""),
    ]
    return [row for row in rows if row[1]]


def form_rows(application: Json, regions: Mapping[str, str]) -> list[tuple[str, str]]:
    """The filled form as rows; what its answers hide is not there."""
    form = application.get("form") or {}
    region = str(form.get("region_code") or "")
    rows = [
        ("Занятость", texts.EMPLOYMENT.get(str(form.get("employment")), "")),
        ("Должность", str(form.get("position") or "")),
        ("Место работы", str(form.get("workplace_name") or "")),
        ("Адрес места работы", str(form.get("workplace_address") or "")),
        ("Регион", regions.get(region, region)),
        ("Основа обучения", texts.BASIS.get(str(form.get("basis")), "")),
        ("Плательщик", texts.PAYER.get(str(form.get("payer")), "")),
    ]
    return [row for row in rows if row[1]]


def is_filled(application: Json) -> bool:
    """Whether the form was saved at least once."""
    return bool((application.get("form") or {}).get("employment"))


@dataclass(frozen=True, slots=True)
class Step:
    """A move in the history: when, to which status, by whom, why."""

    at: str
    status: texts.Status
    who: str
    reason: str | None


def history(items: list[Json], *, for_organisation: bool = False) -> list[Step]:
    """Moves, the newest first (APP-06)."""
    words = texts.APPLICATION_FOR_ORGANISATION if for_organisation else texts.APPLICATION
    actors = texts.ACTOR_FOR_ORGANISATION if for_organisation else texts.ACTOR
    ordered = sorted(items, key=lambda item: item["at"], reverse=True)
    return [
        Step(
            at=texts.moment(item["at"]),
            status=words.get(item["to"], UNKNOWN),
            who=actors.get(item.get("actor_role") or "", item.get("actor_role") or ""),
            reason=item.get("reason"),
        )
        for item in ordered
    ]


def documents(application: Json) -> list[tuple[str, str]]:
    """Titles and addresses of files; only addresses of this site's API."""
    return [
        (item["title"], item["url"])
        for item in application.get("documents") or []
        if str(item.get("url", "")).startswith("/api/v1/")
    ]


NEXT: Mapping[str, str] = {
    "draft": "Проверьте данные и отправьте заявку организации.",
    "submitted": "Организация рассматривает заявку. Мы напишем, когда она ответит.",
    "documents_requested": "Организация ждёт от вас документы или исправления.",
    "confirmed": "Заявка одобрена. Организация зачислит вас перед началом обучения.",
    "rejected": "Заявка отклонена. Выберите другую программу или другие даты.",
    "enrolled": "Вы зачислены. После обучения организация внесёт результат, обычно в течение месяца.",
    "completed": "Обучение завершено, ЗЕТ зачтены в ваш цикл.",
    "failed": "Организация отметила, что обучение не завершено. ЗЕТ не начислены.",
    "withdrawn": "Вы отозвали заявку.",
}


@dataclass(frozen=True, slots=True)
class State:
    """The block that lives: status, what it means, the seat, the reason."""

    status: texts.Status
    words: str
    seat: str | None
    reason: str | None
    moving: bool


def state(application: Json) -> State:
    """What the reader is told now; ``moving`` while the catalogue has not answered about the seat."""
    seat = application.get("seat") or "none"
    code = application["status"]
    shown = seat in {"pending", "held"} and code in {
        "submitted",
        "documents_requested",
        "confirmed",
        "enrolled",
    }
    return State(
        status=texts.APPLICATION.get(code, UNKNOWN),
        words=NEXT.get(code, ""),
        seat=texts.SEAT[seat] if shown else None,
        reason=application.get("reason") if code in {"rejected", "documents_requested", "failed"} else None,
        moving=seat == "pending" and code in {"submitted", "documents_requested"},
    )
