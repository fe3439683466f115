"""Titles and descriptions of invented elements."""

from __future__ import annotations

import random
from typing import Final

from nmo_catalog.demo.families import Family

FULL_COURSE_HOURS: Final = 144
_TAILS = (
    "",
    "",
    "",
    ": клинические рекомендации и практика",
    " (с симуляционным курсом)",
    ": разбор клинических случаев",
    ": теория и практика",
    ": что изменилось",
)
_GENERAL = (
    "Актуальные вопросы специальности «{name}»",
    "Избранные вопросы специальности «{name}»",
    "{name}: современные подходы к диагностике и лечению",
    "{name}: стандарты и практика",
)
_FULL = (
    "{name}: общее усовершенствование",
    "{name}: подготовка к периодической аккредитации",
    "Актуальные вопросы специальности «{name}», полный курс",
)
_WITHOUT_PATIENTS = ("laboratory", "hygiene", "pharmacy", "management", "forensic", "science", "occupational")


def programme_title(family: Family, name: str, hours: int, dice: random.Random) -> str:
    """Title of a programme: whole-course names for the longest, a topic or a general name otherwise."""
    if hours >= FULL_COURSE_HOURS:
        return dice.choice(_FULL).format(name=name)
    if dice.random() < 0.25:  # noqa: PLR2004 a quarter of real lists has general names
        general = _GENERAL if family.name not in _WITHOUT_PATIENTS else _GENERAL[:2] + _GENERAL[3:]
        return dice.choice(general).format(name=name)
    topic = dice.choice(family.topics)
    return topic if ":" in topic or ", " in topic else topic + _tail(family, dice)


def _tail(family: Family, dice: random.Random) -> str:
    tail = dice.choice(_TAILS)
    return "" if family.name in _WITHOUT_PATIENTS and "клиническ" in tail else tail


def event_title(family: Family, name: str, online: bool, dice: random.Random) -> str:
    """Title of a webinar, conference or school."""
    topic = dice.choice(family.topics)
    if online:
        return f"Вебинар «{topic}»"
    return dice.choice(
        (
            f"Научно-практическая конференция «{topic}»",
            f"Школа специалиста «{topic}»",
            f"Межрегиональный конгресс по специальности «{name}»",
            f"Мастер-класс «{topic}»",
        )
    )


def module_title(topic: str, *, doctors: bool) -> str:
    """Title of a module: the first half of the topic, for doctors with the recommendations named."""
    return f"{topic.partition(':')[0]}: интерактивный модуль" + (
        " по клиническим рекомендациям" if doctors else ""
    )


def about_programme(family: Family, name: str, hours: int, dice: random.Random) -> str:
    """Description of a programme."""
    first, second = dice.sample(family.skills, 2)
    lead = dice.choice(
        (
            "Программа для специалистов, которые хотят обновить знания и закрепить навыки.",
            "Курс построен на разборе ситуаций из практики слушателей.",
            "Программа учитывает действующие порядки и клинические рекомендации.",
        )
    )
    return (
        f"{lead} Специальность: {name}. Отрабатываются {first} и {second}."
        f" Объём {hours} академических часов. Итоговая аттестация: тестирование и ситуационная задача."
        " Выдаётся удостоверение о повышении квалификации."
    )


def about_event(family: Family, name: str, online: bool, days: int, dice: random.Random) -> str:
    """Description of an event."""
    where = "Трансляция с контролем присутствия" if online else f"Очное участие, дней: {days}"
    return (
        f"{where}. Доклады и обсуждение по специальности «{name}»: {dice.choice(family.skills)}."
        " Участник получает свидетельство с индивидуальным кодом подтверждения."
    )


def about_module(family: Family, name: str, dice: random.Random) -> str:
    """Description of a module."""
    return (
        f"Короткий самостоятельный курс с итоговым тестом. Специальность: {name}."
        f" В центре внимания: {dice.choice(family.skills)}. Начать можно в любой день."
    )
