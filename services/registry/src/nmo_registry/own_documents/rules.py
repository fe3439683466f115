"""Pure rules of documents added by hand: kinds, states and moves, terms, faults of what was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What was added."""

    CERTIFICATE = "certificate"
    ACCREDITATION = "accreditation"
    PROTOCOL = "accreditation_protocol"
    """Extract of the commission's protocol, while the accreditation itself is not in the register (FRM-05)."""
    DIPLOMA = "diploma"
    ADDITIONAL = "additional_education"


class State(StrEnum):
    """Where the verification stands."""

    SENT = "sent"
    CHECKING = "checking"
    ASKED = "asked"
    """The employee asks for further documents; the person's turn."""
    VERIFIED = "verified"
    REFUSED = "refused"
    """With a reason; the person may correct and send again."""
    REPLACED = "replaced"
    """The register shows it now."""
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What moves a document."""

    SEND = "send"
    TAKE = "take"
    RELEASE = "release"
    VERIFY = "verify"
    REFUSE = "refuse"
    ASK = "ask"
    RESEND = "resend"
    WITHDRAW = "withdraw"
    REPLACE = "replace"
    LATE = "late"


ADMISSION: Final = frozenset({Kind.CERTIFICATE, Kind.ACCREDITATION, Kind.PROTOCOL})
"""Kinds that admit to work: cycles open on them, and the register replaces them."""
OPEN: Final = frozenset({State.SENT, State.CHECKING, State.ASKED, State.REFUSED})
REPLACEABLE: Final = OPEN | {State.VERIFIED}
MOVES: Final[Mapping[tuple[State, Action], State]] = {
    (State.SENT, Action.TAKE): State.CHECKING,
    (State.CHECKING, Action.RELEASE): State.SENT,
    (State.CHECKING, Action.VERIFY): State.VERIFIED,
    (State.CHECKING, Action.REFUSE): State.REFUSED,
    (State.CHECKING, Action.ASK): State.ASKED,
    (State.REFUSED, Action.RESEND): State.SENT,
    (State.ASKED, Action.RESEND): State.SENT,
    (State.SENT, Action.LATE): State.SENT,
    (State.CHECKING, Action.LATE): State.SENT,
    **{(state, Action.WITHDRAW): State.WITHDRAWN for state in sorted(OPEN)},
    **{(state, Action.REPLACE): State.REPLACED for state in sorted(REPLACEABLE)},
}
"""The whole graph; what is not here is refused."""
OF_OWNER: Final = (Action.RESEND, Action.WITHDRAW)
OF_EMPLOYEE: Final = (Action.RELEASE, Action.VERIFY, Action.ASK, Action.REFUSE)
MOST_OPEN: Final = 20
MOST_SCANS: Final = 10
EARLIEST: Final = date(1950, 1, 1)
SAME_EXAM_DAYS: Final = 31
"""Two documents of one specialty whose exams lie so close are one: nobody is admitted twice within a month. The number
is no key: an extract has none, or zeros."""
HIGHEST_LEVEL: Final = 3


class IllegalMoveError(Exception):
    """The graph has no such move."""


def next_state(state: State, action: Action) -> State:
    """Where `action` leads.

    Raises:
        IllegalMoveError: not from this state.
    """
    try:
        return MOVES[state, action]
    except KeyError:
        raise IllegalMoveError(state, action) from None


def allowed(state: State, actions: tuple[Action, ...]) -> list[str]:
    """Which of the actions the graph has from here."""
    return [str(action) for action in actions if (state, action) in MOVES]


def stage_after(state: State | None) -> str:
    """Which term begins: `first`, after further `documents`, or after a `correction` (FRM-06)."""
    if state is None:
        return "first"
    return "documents" if state is State.ASKED else "correction"


def due(hours: Mapping[str, int], stage: str, now: datetime) -> datetime:
    """By when the portal answers."""
    return now + timedelta(hours=hours[stage])


def document_number(sequence: int, year: int) -> str:
    """`ДОК-0000123-2026`: number of the verification."""
    return f"ДОК-{sequence:07d}-{year}"


@dataclass(frozen=True, slots=True)
class Typed:
    """What the person typed about a document."""

    kind: Kind
    specialty_key: str = ""
    specialty_name: str = ""
    series: str = ""
    number: str = ""
    institution: str = ""
    theme: str = ""
    hours: int | None = None
    exam_on: date | None = None
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A field that cannot be accepted, with the sentence for its author."""

    field: str
    code: str
    message: str


def faults_of(typed: Typed, *, today: date) -> list[Fault]:
    """What is wrong with a typed document; empty when it can be sent. The specialty's key is looked up elsewhere."""
    found = _date_faults(typed, today=today)
    if not typed.institution:
        found.append(Fault("institution", "required", _INSTITUTION[typed.kind]))
    if typed.kind in ADMISSION:
        if not typed.specialty_key:
            found.append(Fault("specialty_key", "required", "Выберите специальность из списка"))
    elif typed.kind is Kind.DIPLOMA and not typed.specialty_name:
        found.append(Fault("specialty_name", "required", "Введите специальность по диплому"))
    if typed.kind is Kind.ADDITIONAL:
        if not typed.theme:
            found.append(Fault("theme", "required", "Введите название программы"))
        if typed.hours is None:
            found.append(Fault("hours", "required", "Введите, сколько часов в программе"))
    return [*found, *_number_faults(typed)]


_INSTITUTION: Final = {
    Kind.CERTIFICATE: "Введите организацию, где сдан экзамен",
    Kind.ACCREDITATION: "Введите организацию, где пройдена аккредитация",
    Kind.PROTOCOL: "Введите организацию, при которой работала комиссия",
    Kind.DIPLOMA: "Введите организацию, которая выдала диплом",
    Kind.ADDITIONAL: "Введите организацию, которая выдала документ",
}


def _date_faults(typed: Typed, *, today: date) -> list[Fault]:
    found = []
    if typed.kind in ADMISSION:
        if typed.exam_on is None:
            found.append(Fault("exam_on", "required", "Введите дату сдачи экзамена"))
        elif typed.exam_on > today:
            found.append(Fault("exam_on", "future", "Дата сдачи экзамена не может быть в будущем"))
        elif typed.exam_on < EARLIEST:
            found.append(Fault("exam_on", "too_early", "Проверьте год сдачи экзамена"))
    if typed.issued_on is None:
        found.append(Fault("issued_on", "required", "Введите дату выдачи"))
    elif typed.issued_on > today:
        found.append(Fault("issued_on", "future", "Дата выдачи не может быть в будущем"))
    elif typed.issued_on < EARLIEST:
        found.append(Fault("issued_on", "too_early", "Проверьте год выдачи"))
    elif typed.exam_on is not None and typed.issued_on < typed.exam_on:
        found.append(Fault("issued_on", "before_exam", "Документ не может быть выдан раньше экзамена"))
    return found


def _number_faults(typed: Typed) -> list[Fault]:
    """An extract may have no number, or zeros in its place (FRM-05); other documents have one."""
    if typed.kind is Kind.PROTOCOL:
        return []
    if not typed.number:
        return [Fault("number", "required", "Введите номер документа")]
    if not re.sub(r"[0\s№-]", "", typed.number):
        message = (
            "Номер не может состоять из нулей. Если свидетельства ещё нет, добавьте «Выписку из протокола»"
        )
        return [Fault("number", "zeros", message)]
    return []
