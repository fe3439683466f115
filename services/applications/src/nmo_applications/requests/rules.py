"""Pure rules of requests: kinds, the graph of statuses, deadlines, numbers, which fields may be asked to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What a request is about."""

    MISMATCH = "mismatch"
    VERIFICATION = "verification"
    DATA_CHANGE = "data_change"
    SIGN_IN = "sign_in"
    OTHER = "other"


class Status(StrEnum):
    """Where a request stands."""

    NEW = "new"
    TAKEN = "taken"
    WAITING = "waiting"
    """Support has answered; the person's turn."""
    PROPOSED = "proposed"
    """One employee proposed new values; another decides."""
    APPROVED = "approved"
    """Identity carries the change out."""
    CLOSED = "closed"


class Action(StrEnum):
    """What moves a request."""

    OPEN = "open"
    TAKE = "take"
    RELEASE = "release"
    ESCALATE = "escalate"
    ANSWER = "answer"
    REPLY = "reply"
    PROPOSE = "propose"
    APPROVE = "approve"
    REJECT = "reject"
    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    CLOSE = "close"
    WITHDRAW = "withdraw"


MOVES: Mapping[tuple[Status, Action], Status] = {
    (Status.NEW, Action.TAKE): Status.TAKEN,
    (Status.TAKEN, Action.RELEASE): Status.NEW,
    (Status.TAKEN, Action.ESCALATE): Status.NEW,
    (Status.TAKEN, Action.ANSWER): Status.WAITING,
    (Status.WAITING, Action.ANSWER): Status.WAITING,
    (Status.TAKEN, Action.PROPOSE): Status.PROPOSED,
    (Status.PROPOSED, Action.APPROVE): Status.APPROVED,
    (Status.PROPOSED, Action.REJECT): Status.CLOSED,
    (Status.APPROVED, Action.APPLIED): Status.CLOSED,
    (Status.APPROVED, Action.NOT_APPLIED): Status.TAKEN,
    (Status.TAKEN, Action.CLOSE): Status.CLOSED,
    (Status.WAITING, Action.CLOSE): Status.CLOSED,
    (Status.NEW, Action.REPLY): Status.NEW,
    (Status.TAKEN, Action.REPLY): Status.TAKEN,
    (Status.WAITING, Action.REPLY): Status.TAKEN,
    (Status.PROPOSED, Action.REPLY): Status.PROPOSED,
    (Status.NEW, Action.WITHDRAW): Status.CLOSED,
    (Status.TAKEN, Action.WITHDRAW): Status.CLOSED,
    (Status.WAITING, Action.WITHDRAW): Status.CLOSED,
}
"""The whole graph; what is not here is refused."""
OF_EMPLOYEE = frozenset(
    {Action.RELEASE, Action.ESCALATE, Action.ANSWER, Action.PROPOSE, Action.CLOSE, Action.TAKE}
)
OF_SECOND = frozenset({Action.APPROVE, Action.REJECT})
OF_OWNER = frozenset({Action.REPLY, Action.WITHDRAW})
FIELDS = ("last_name", "first_name", "patronymic", "birth_on", "snils", "email")
"""Data that only support changes, each time with two employees (REG-04, P12)."""
SINGLE = frozenset({Kind.MISMATCH, Kind.VERIFICATION, Kind.DATA_CHANGE})
"""A person has at most one open request of these."""
MOST_OPEN = 10
HIGHEST_LEVEL = 3


class IllegalMoveError(Exception):
    """The graph has no such move."""


def next_status(status: Status, action: Action) -> Status:
    """Where `action` leads.

    Raises:
        IllegalMoveError: not from this status.
    """
    try:
        return MOVES[status, action]
    except KeyError:
        raise IllegalMoveError(status, action) from None


def allowed(status: Status, actions: frozenset[Action]) -> list[str]:
    """Which of the actions the graph has from here, in the order they are declared."""
    return [str(action) for action in Action if action in actions and (status, action) in MOVES]


def due(
    hours: Mapping[str, int], now: datetime, *, replied: bool = False, documents: bool = False
) -> datetime:
    """By when support answers: a first look, after documents that were asked for, or after a correction."""
    stage = "first" if not replied else ("documents" if documents else "correction")
    return now + timedelta(hours=hours[stage])


DISPUTED: Mapping[str, str] = {
    "last_name": "фамилия",
    "first_name": "имя",
    "patronymic": "отчество",
    "birth_on": "дата рождения",
    "gender": "пол",
    "citizenship": "гражданство",
    "series": "серия",
    "number": "номер",
    "exam_on": "дата сдачи экзамена",
    "issued_on": "дата выдачи",
}
"""Fields of the comparison with the register as the first message names them."""
DISPUTE_TOPIC = "Спор с данными регистра"


@dataclass(frozen=True, slots=True)
class Disputed:
    """What a person disputes; the values are those of a document, of their own data none are told."""

    field: str
    document: str | None = None
    specialty_name: str | None = None
    own_value: str | None = None
    register_value: str | None = None

    @property
    def words(self) -> str:
        """The first message of the request, so that its owner writes nothing twice."""
        what = DISPUTED[self.field]
        if self.document is None:
            return f"Оспариваю данные федерального регистра: {what}. Верны мои данные."
        own, register = (_shown(value) for value in (self.own_value, self.register_value))
        return (
            f"Оспариваю данные федерального регистра о документе «{self.specialty_name}», проверка № {self.document}: "
            f"{what}. У меня: {own}, в регистре: {register}."
        )


def kinds_for(disputed: Disputed) -> tuple[Kind, ...]:
    """Open requests that a dispute belongs to, the fittest first; the last one is opened when there is none."""
    own_data = disputed.document is None
    return (Kind.MISMATCH, Kind.VERIFICATION) if own_data else (Kind.VERIFICATION,)


def _shown(value: str | None) -> str:
    """A day as people write it, anything else as it is."""
    try:
        return date.fromisoformat(value or "").strftime("%d.%m.%Y")
    except ValueError:
        return value or "не указано"


def request_number(sequence: int, year: int) -> str:
    """`ОБР-0000123-2026`."""
    return f"ОБР-{sequence:07d}-{year}"
