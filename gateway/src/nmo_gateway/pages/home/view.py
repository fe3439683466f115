"""SCR-15 as data: what to do now, near terms. Pure functions of the services' answers and the day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from nmo_gateway import texts

Json = dict[str, Any]
MOST_TASKS = 5
MOST_DATES = 5
RESULT_TERM_D = 30
ACTION = texts.Status("Нужно действие", "orange")
CORRECTION = texts.Status("Нужны документы", "red")


@dataclass(frozen=True, slots=True)
class Task:
    """A line of «Что нужно сделать»: each opens the exact place."""

    title: str
    href: str
    hint: str
    due: date
    status: texts.Status | None = ACTION
    done_word: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A dated line of «Ближайшие сроки»."""

    on: date
    when: str
    what: str


def choose_cycle(cycles: list[Json], wanted: str | None) -> Json | None:
    """The cycle asked for; otherwise the first open one, otherwise the first."""
    by_id = {cycle["cycle_id"]: cycle for cycle in cycles}
    if wanted in by_id:
        return by_id[wanted]
    still_open = [cycle for cycle in cycles if not cycle["closed"]]
    return next(iter(still_open or cycles), None)


def tasks(
    applications: list[Json],
    offers: list[Json],
    cycle: Json | None,
    plan: Json | None,
    today: date,
    *,
    email: Json | None = None,
) -> list[Task]:
    """At most five things only the reader can do, the most urgent first."""
    found = [_email_task(email, today)] if email and email.get("bounced") else []
    found += [task for item in applications if (task := _application_task(item, today))]
    found += [
        _offer_task(offer, today) for offer in offers if not (offer.get("cycle_id") or offer.get("ended"))
    ]
    if (
        cycle
        and plan is not None
        and not cycle["closed"]
        and not any(group["items"] for group in plan["groups"])
    ):
        found.append(
            Task(
                title="Выбрать первую программу",
                href=f"/cabinet/catalog?cycle={cycle['cycle_id']}&kind=programme",
                hint="Организация, которая примет первую заявку, подтвердит и весь цикл.",
                due=today + timedelta(days=30),
            )
        )
    return sorted(found, key=lambda task: task.due)[:MOST_TASKS]


def _email_task(email: Json, today: date) -> Task:
    return Task(
        title="Указать другой адрес электронной почты",
        href="/cabinet/profile/contacts",
        hint=f"Письма портала на {email['value']} не доходят: почтовый сервер их не принимает",
        due=today,
    )


def _application_task(item: Json, today: date) -> Task | None:
    element, number = item["element"], item["number"]
    starts_on = texts.as_date(element.get("starts_on")) or today + timedelta(days=90)
    ends_on = texts.as_date(element.get("ends_on"))
    name = texts.quoted(element["title"])
    if item["status"] == "draft" and starts_on >= today:
        return Task(
            title=f"Заполнить заявку на цикл {name}",
            href=f"/cabinet/applications/{number}/edit",
            hint=f"Заявка {number}. Обучение начнётся {texts.day(starts_on)}",
            due=starts_on,
        )
    if item["status"] == "documents_requested":
        return Task(
            title=f"Ответить организации по заявке {name}",
            href=f"/cabinet/applications/{number}",
            hint=item.get("reason") or f"Заявка {number}",
            due=today,
            status=CORRECTION,
        )
    if item["status"] == "enrolled" and ends_on and ends_on + timedelta(days=RESULT_TERM_D) < today:
        return Task(
            title=f"Спросить организацию о результате: {name}",
            href=f"/organisations/{element['organization_id']}",
            hint=f"Обучение закончилось {texts.day(ends_on)}, а результата на портале нет",
            due=ends_on,
        )
    return None


def _offer_task(offer: Json, today: date) -> Task:
    return Task(
        title=f"Открыть пятилетний цикл по специальности «{offer['specialty_name']}»",
        href="/cabinet/cycles",
        hint=f"Документ уже есть в регистре. Цикл {texts.span(offer['starts_on'], offer['ends_on'])}",
        due=today + timedelta(days=1),
    )


def terms(cycle: Json | None, plan: Json | None, today: date) -> list[Term]:
    """The next dates of the plan and of the cycle, the nearest first."""
    found: list[tuple[date, str]] = []
    for group in plan["groups"] if plan else []:
        for item in group["items"]:
            found += _item_terms(item, today)
    if cycle and not cycle["closed"] and (ends_on := texts.as_date(cycle["ends_on"])) and ends_on >= today:
        found.append((ends_on, f"конец цикла «{cycle['specialty_name']}»"))
    found.sort()
    return [Term(on, texts.day_month(on, today), what) for on, what in found[:MOST_DATES]]


def _item_terms(item: Json, today: date) -> list[tuple[date, str]]:
    if item.get("result") or (item.get("application") or {}).get("status") in {"rejected", "withdrawn"}:
        return []
    starts_on, ends_on = texts.as_date(item.get("starts_on")), texts.as_date(item.get("ends_on"))
    title = item["title"][:1].upper() + item["title"][1:]
    found = []
    if starts_on and starts_on >= today:
        found.append((starts_on, title if item["kind"] != "programme" else f"начало: {texts.quoted(title)}"))
    if ends_on and ends_on >= today and starts_on and starts_on < today:
        found.append((ends_on, f"окончание: {texts.quoted(title)}"))
    return found
