"""Requests to support as data: kinds in words, what the form starts with, reading it, the thread."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nmo_gateway import texts
from nmo_gateway.pages.forms import Form, parse_day
from nmo_kit.clock import today
from nmo_kit.snils import Snils, SnilsError

Json = dict[str, Any]
PAGE = "/cabinet/tickets"
MAX_TOPIC, MAX_TEXT, MAX_NAME = 120, 4000, 100


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request: its name, when it is the right one, what the text is called on its form."""

    title: str
    hint: str
    topic: str
    label: str


KINDS: Mapping[str, Kind] = {
    "mismatch": Kind(
        "Данные не совпали с регистром",
        "Сверка назвала поле, а вы считаете, что ошибки нет, или не знаете, где её исправить",
        "Данные не совпали с регистром",
        "Что указано в ваших документах",
    ),
    "verification": Kind(
        "Меня нет в регистре",
        "Вы работаете в медицине, а записи с вашим СНИЛС в регистре нет",
        "Проверить сведения: меня нет в регистре",
        "Где и кем вы работаете, какие у вас документы",
    ),
    "data_change": Kind(
        "Изменить личные данные",
        "Фамилия, имя, отчество, дата рождения, СНИЛС, электронная почта",
        "Изменить личные данные",
        "Почему данные изменились и чем это подтверждается",
    ),
    "sign_in": Kind(
        "Не получается войти или подтвердить вход",
        "Код не приходит, вход закрыт, потерян телефон",
        "Не получается войти",
        "Что вы делали и что увидели",
    ),
    "other": Kind("Другое", "Всё остальное: циклы, план, заявки, результаты", "", "Что случилось"),
}
STATUS: Mapping[str, texts.Status] = {
    "new": texts.Status("Получено", "blue"),
    "taken": texts.Status("В работе", "light-blue"),
    "waiting": texts.Status("Ждёт вашего ответа", "orange"),
    "proposed": texts.Status("На решении", "light-blue"),
    "approved": texts.Status("Выполняется", "light-blue"),
    "closed": texts.Status("Закрыто", "grey"),
}
RESULT: Mapping[str, texts.Status] = {
    "answered": texts.Status("Отвечено", "green"),
    "applied": texts.Status("Данные изменены", "green"),
    "rejected": texts.Status("Отклонено", "red"),
    "withdrawn": texts.Status("Вы закрыли", "grey"),
}
FIELDS: Mapping[str, str] = {
    "last_name": "Фамилия",
    "first_name": "Имя",
    "patronymic": "Отчество",
    "birth_on": "Дата рождения",
    "snils": "СНИЛС",
    "email": "Электронная почта",
}
"""Data that only support changes, in the order of the form."""
STEPS = {
    "open": "Обращение получено",
    "answer": "Поддержка ответила",
    "reply": "Вы написали",
    "escalate": "Передано старшему сотруднику",
    "propose": "Предложено изменение данных",
    "approve": "Изменение утверждено вторым сотрудником",
    "reject": "Изменение отклонено",
    "applied": "Данные изменены",
    "not_applied": "Изменение не выполнено",
    "close": "Закрыто",
    "withdraw": "Вы закрыли обращение",
    "take": "Взято в работу",
    "release": "Возвращено в очередь",
}
WHO = {"person": "Вы", "support": "Поддержка", "system": "Портал"}


def status_of(request: Json) -> texts.Status:
    """The word people read: the result once it is closed."""
    unknown = texts.Status("Неизвестно", "grey")
    if request["status"] == "closed":
        return RESULT.get(str(request.get("result")), STATUS["closed"])
    return STATUS.get(request["status"], unknown)


def lines(items: list[Json]) -> list[Json]:
    """«Мои обращения» as lines of a table."""
    return [
        {
            "href": f"{PAGE}/{item['request_id']}",
            "number": item["number"],
            "topic": item["topic"],
            "kind": kind_title(item["kind"]),
            "status": status_of(item),
            "updated": texts.moment(item["updated_at"]),
        }
        for item in items
    ]


def kind_title(code: str) -> str:
    """A kind in words; a code nobody knows stays readable."""
    return KINDS[code].title if code in KINDS else code


def thread(request: Json, *, who: Mapping[str, str] = WHO) -> list[Json]:
    """Lines of the thread with their authors in words."""
    return [
        {
            "who": who.get(line["author"], line["author"]),
            "own": line["author"] == "person",
            "at": texts.moment(line["at"]),
            "paragraphs": [part for part in line["text"].split("\n") if part.strip()],
        }
        for line in request["messages"]
    ]


def history(request: Json) -> list[Json]:
    """Steps of the request with their times."""
    return [
        {"title": STEPS.get(step["action"], step["action"]), "at": texts.moment(step["at"])}
        for step in request["history"]
    ]


def values_rows(values: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Asked or proposed values by field."""
    return [(FIELDS[name], value_text(name, values[name])) for name in FIELDS if name in values]


def value_text(name: str, value: str | None) -> str:
    """One value as people write it."""
    if value is None:
        return "нет"
    if name == "birth_on":
        return texts.day(value)
    return Snils(value).formatted if name == "snils" else value


def first_values(kind: str, query: Mapping[str, str], me: Json | None) -> dict[str, str]:
    """What the form starts with: topic, code and time are known, nobody types them (MAT-06)."""
    match = (me or {}).get("match") or {}
    code = query.get("code") or (match.get("reference") if kind in {"mismatch", "verification"} else "") or ""
    values = {"topic": KINDS[kind].topic, "reference": code[:64]}
    when = query.get("at") or (match.get("matched_at") if code and code == match.get("reference") else None)
    known = _moment_or_none(when)
    values["happened_at"] = known.strftime("%d.%m.%Y %H:%M") if known else ""
    if kind == "mismatch":
        named = [field["label"].lower() for field in match.get("fields", []) if field["result"] == "conflict"]
        if named:
            values["topic"] = f"Не совпало с регистром: {', '.join(named)}"
    return values


def _moment_or_none(value: str | None) -> datetime | None:
    try:
        return texts.as_moment(value)
    except ValueError:
        return None


def read_open(form: Form, kind: str) -> Json | None:
    """The body for the service; None when something is wrong, noted at its field."""
    body: Json = {"kind": kind, "topic": form.get("topic"), "text": form.get("text")}
    if not body["topic"]:
        form.add("topic", "Введите тему обращения")
    elif len(body["topic"]) > MAX_TOPIC:
        form.add("topic", f"Тема не длиннее {MAX_TOPIC} знаков, сейчас {len(body['topic'])}")
    if kind == "data_change":
        body["values"] = read_values(form)
    check_text(form, "text", KINDS[kind].label if kind in KINDS else "Что случилось")
    if form.get("reference"):
        body["reference"] = form.get("reference")
        if not _is_code(form.get("reference")):
            form.add(
                "reference",
                "Код состоит из латинских букв и цифр, например 7F3A90C1. Скопируйте его без лишнего",
            )
    moment = read_moment(form, "happened_at")
    if moment is not None:
        body["happened_at"] = moment
    return None if form.errors else body


def _is_code(text: str) -> bool:
    return 4 <= len(text) <= 64 and text.isascii() and text.replace("-", "").isalnum()  # noqa: PLR2004 the service's bounds


def check_text(form: Form, name: str, label: str) -> None:
    """Note a text that is missing or too long."""
    length = len(form.get(name))
    if not length:
        form.add(name, f"Заполните поле «{label}»")
    elif length > MAX_TEXT:
        form.add(name, f"Не больше {MAX_TEXT} знаков, сейчас {length}. Сократите текст")


def read_moment(form: Form, name: str) -> str | None:
    """«25.05.2026 09:30» of Moscow as RFC 3339; empty is None, anything else is noted."""
    text = form.get(name)
    if not text:
        return None
    day_text, _, clock_text = text.replace(" в ", " ").partition(" ")
    known = parse_day(day_text)
    try:
        time = datetime.strptime(clock_text.strip() or "00:00", "%H:%M").time()  # noqa: DTZ007 joined with Moscow below
    except ValueError:
        known = None
        time = datetime.min.time()
    if known is None:
        form.add(name, "Введите день и время так: 25.05.2026 09:30")
        return None
    return datetime.combine(known, time, texts.MOSCOW).isoformat()


def read_values(form: Form) -> dict[str, str | None]:
    """New values of unchangeable data; only what was filled in. «Отчества нет» is a value too."""
    found: dict[str, str | None] = {}
    for name in FIELDS:
        text = form.get(name)
        value = _value(form, name, text) if text else None
        if value is not None:
            found[name] = value
    if form.get("no_patronymic"):
        if "patronymic" in found:
            form.add("patronymic", "Оставьте поле пустым или снимите отметку «Отчества нет»")
        found["patronymic"] = None
    if not found and not form.errors:
        form.add("last_name", "Заполните хотя бы одно новое значение")
    return found


def _value(form: Form, name: str, text: str) -> str | None:  # noqa: PLR0911 one way out for each kind of field
    """One value as the service takes it; None when it is unfit, noted at its field."""
    if name == "snils":
        try:
            return str(Snils.parse(text))
        except SnilsError as fault:
            form.add(name, str(fault))
            return None
    if name == "birth_on":
        known = parse_day(text)
        if known is None or known > today():
            form.add(name, "Введите дату рождения в формате ДД.ММ.ГГГГ, например 25.05.1984")
            return None
        return known.isoformat()
    if name == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        form.add(name, "Введите адрес почты, например name@example.ru")
        return None
    if len(text) > MAX_NAME and name != "email":
        form.add(name, f"Не больше {MAX_NAME} знаков")
        return None
    return text
