"""Pure rules of the questionnaire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

EARLIEST = date(1950, 1, 1)
MIN_ORGANIZATION, MAX_ORGANIZATION = 3, 300


@dataclass(frozen=True, slots=True)
class Answers:
    """What the person states about their diploma."""

    specialty_key: str
    organization: str
    exam_on: date
    diploma_on: date
    data_true: bool
    will_report_surname: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """A field at fault, with the sentence beside it."""

    field: str
    code: str
    message: str


def faults_of(answers: Answers, *, specialties: frozenset[str], today: date) -> list[Fault]:
    """What is wrong with the answers; empty when they can be kept."""
    found = []
    if answers.specialty_key not in specialties:
        found.append(Fault("specialty_key", "unknown", "Выберите специальность из списка"))
    length = len(answers.organization)
    if length < MIN_ORGANIZATION:
        message = "Введите организацию, где вы сдавали государственный экзамен"
        found.append(Fault("organization", "required", message))
    elif length > MAX_ORGANIZATION:
        found.append(Fault("organization", "too_long", f"Сократите название до {MAX_ORGANIZATION} знаков"))
    found += _date_faults(answers, today)
    if not answers.data_true:
        found.append(Fault("data_true", "required", "Подтвердите, что данные верны"))
    if not answers.will_report_surname:
        message = "Подтвердите, что сообщите о смене фамилии"
        found.append(Fault("will_report_surname", "required", message))
    return found


def _date_faults(answers: Answers, today: date) -> list[Fault]:
    found = []
    for field, day, name in (
        ("exam_on", answers.exam_on, "Дата экзамена"),
        ("diploma_on", answers.diploma_on, "Дата выдачи диплома"),
    ):
        if day > today:
            found.append(Fault(field, "future", f"{name} не может быть в будущем"))
        elif day < EARLIEST:
            found.append(Fault(field, "too_early", f"{name}: проверьте год"))
    if not found and answers.diploma_on < answers.exam_on:
        found.append(Fault("diploma_on", "before_exam", "Диплом не может быть выдан раньше экзамена"))
    return found
