"""Catalogue lines and cards as data (CAT-01..04)."""

from dataclasses import dataclass
from typing import Any

from nmo_gateway import texts

Json = dict[str, Any]
FEW_SEATS = 5
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One element in the list."""

    element_id: str
    title: str
    href: str
    kind: str
    zet: str
    dates: str
    form: str
    organization: str
    organization_href: str
    bases: str
    features: list[str]
    seats: str
    full: bool
    in_plan: bool
    plan_href: str | None
    action: str


def features(element: Json) -> list[str]:
    """Marks of the element: simulation, internship, distance."""
    marks = (
        ("has_simulation", "симуляционное обучение"),
        ("has_placement", "стажировка"),
        ("uses_distance", "дистанционные технологии"),
    )
    return [words for name, words in marks if element.get(name)]


def seats(element: Json) -> str:
    """Words about free seats; empty where seats are not limited."""
    left = element.get("seats_left")
    if left is None:
        return ""
    if left <= 0:
        return "Мест нет"
    words = texts.counted(left, "место", "места", "мест")
    return f"Осталось {words}" if left <= FEW_SEATS else f"Свободно {words}"


def bases(element: Json) -> str:
    """Bases of study, in one line."""
    return ", ".join(texts.BASIS.get(basis, basis) for basis in element.get("bases", []))


def form_words(element: Json) -> str:
    """Form of study for programmes; events and modules are named by their kind."""
    return texts.FORM.get(element["form"], texts.MDASH)


def fitting_cycles(cycles: list[Json], element: Json) -> list[Json]:
    """Open cycles that the element counts for: of its specialties, and of retired ones that became one of them."""
    taught = set(element["specialty_keys"])
    return [
        cycle
        for cycle in cycles
        if not cycle["closed"]
        and not taught.isdisjoint({cycle["specialty_key"], *cycle.get("specialty_successors", ())})
    ]


def action_words(kind: str) -> str:
    """The verb of the button: a programme needs an application, the rest only stands in the plan."""
    return "Записаться" if kind == "programme" else "Добавить в план"


def line(element: Json, *, base: str, suffix: str, chosen: dict[str, str | None]) -> Line:
    """One line of the list.

    ``base``: path of cards, ``/cabinet/catalog`` or ``/catalog``.
    ``suffix``: query kept on the way to the card, with its ``?``.
    ``chosen``: element id -> number of its application (or None) for what already stands in the plan (CAT-03).
    """
    element_id = element["element_id"]
    number = chosen.get(element_id)
    return Line(
        element_id=element_id,
        title=element["title"],
        href=f"{base}/{element_id}{suffix}",
        kind=texts.KIND_SHORT[element["kind"]],
        zet=element["zet"],
        dates=texts.span(element.get("starts_on"), element.get("ends_on")),
        form=form_words(element) if element["kind"] == "programme" else "",
        organization=element["organization"]["name"],
        organization_href=f"/organisations/{element['organization']['organization_id']}",
        bases=bases(element) if element["kind"] == "programme" else "",
        features=features(element),
        seats=seats(element),
        full=element.get("seats_left") is not None and element["seats_left"] <= 0,
        in_plan=element_id in chosen,
        plan_href=f"/cabinet/applications/{number}" if number else "/cabinet/plan",
        action=action_words(element["kind"]),
    )


def chosen_elements(plan: Json | None) -> dict[str, str | None]:
    """Element id -> application number of everything in the plan."""
    return {
        item["element_id"]: (item.get("application") or {}).get("number")
        for group in (plan or {}).get("groups", [])
        for item in group["items"]
    }


def found_words(total: int) -> str:
    """«Найдено 12 вариантов»; from a thousand on the service stops counting."""
    if total >= MOST_COUNTED:
        return "Найдено больше 1000 вариантов"
    return f"Найдено {texts.counted(total, 'вариант', 'варианта', 'вариантов')}"


def empty_advice(filters: dict[str, str]) -> str:
    """What to loosen when nothing was found, naming the narrowest filter (cabinet.md 8.3)."""
    if basis := filters.get("basis"):
        return f"По этим условиям ничего не нашли. Уберите фильтр «{texts.BASIS[basis].capitalize()}» или измените даты."
    if form := filters.get("form"):
        return f"По этим условиям ничего не нашли. Уберите фильтр «{texts.FORM[form].capitalize()}» или измените даты."
    if filters.get("q"):
        return "По этим словам ничего не нашли. Попробуйте другие слова или уберите фильтры."
    return "По этим условиям ничего не нашли. Измените даты или уберите фильтры."


def card_rows(element: Json) -> list[tuple[str, str]]:
    """Rows of the card (CAT-01)."""
    rows = [
        ("Вид", texts.KIND[element["kind"]]),
        (
            "Трудоёмкость",
            f"{texts.zet(element['zet'])}, {texts.counted(int(element['workload_hours']), 'час', 'часа', 'часов')}",
        ),
        ("Даты", texts.span(element.get("starts_on"), element.get("ends_on"))),
        ("Форма обучения", form_words(element) if element["kind"] == "programme" else ""),
        ("Основа обучения", bases(element) if element["kind"] == "programme" else ""),
        ("Стоимость на договорной основе", _price(element)),
        ("Где", element.get("place") or ""),
        ("Особенности", ", ".join(features(element))),
        ("Места", _seats_of_total(element)),
        ("Специальности", ", ".join(element.get("specialty_names", []))),
    ]
    return [row for row in rows if row[1]]


def _price(element: Json) -> str:
    return texts.roubles(element.get("price_kopecks")) if "contract" in element.get("bases", []) else ""


def _seats_of_total(element: Json) -> str:
    left, total = element.get("seats_left"), element.get("seats_total")
    if left is None or not total:
        return ""
    return "Мест нет" if left <= 0 else f"свободно {left} из{texts.NBSP}{total}"


def organization_rows(organization: Json) -> list[tuple[str, str]]:
    """Contacts of an organisation (CAT-04)."""
    return [
        ("Регион", organization.get("region_name") or ""),
        ("Адрес", organization.get("address") or ""),
        ("Телефон", organization.get("phone") or ""),
        ("Электронная почта", organization.get("email") or ""),
        ("Сайт", organization.get("site") or ""),
    ]
