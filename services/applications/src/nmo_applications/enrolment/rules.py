"""The life of an application as a table, and the number it carries (APP-01, APP-06, APP-07)."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    DOCUMENTS_REQUESTED = "documents_requested"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    ENROLLED = "enrolled"
    COMPLETED = "completed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What may be done to an application."""

    EDIT = "edit"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    DELETE = "delete"
    CONFIRM = "confirm"
    REJECT = "reject"
    REQUEST_DOCUMENTS = "request_documents"
    ENROL = "enrol"
    COMPLETE = "complete"
    FAIL = "fail"
    REFUSE_SEAT = "refuse_seat"


class Actor(StrEnum):
    """In which capacity somebody acts."""

    SPECIALIST = "specialist"
    ORGANIZATION = "organization"
    SYSTEM = "system"


class Seat(StrEnum):
    """What the catalogue answered about a seat."""

    NONE = "none"
    PENDING = "pending"
    HELD = "held"
    REFUSED = "refused"
    RELEASED = "released"


MOVES: dict[tuple[Status, Action], Status] = {
    (Status.DRAFT, Action.SUBMIT): Status.SUBMITTED,
    (Status.DOCUMENTS_REQUESTED, Action.SUBMIT): Status.SUBMITTED,
    (Status.SUBMITTED, Action.CONFIRM): Status.CONFIRMED,
    (Status.DOCUMENTS_REQUESTED, Action.CONFIRM): Status.CONFIRMED,
    (Status.SUBMITTED, Action.REJECT): Status.REJECTED,
    (Status.DOCUMENTS_REQUESTED, Action.REJECT): Status.REJECTED,
    (Status.CONFIRMED, Action.REJECT): Status.REJECTED,
    (Status.SUBMITTED, Action.REQUEST_DOCUMENTS): Status.DOCUMENTS_REQUESTED,
    (Status.SUBMITTED, Action.REFUSE_SEAT): Status.REJECTED,
    (Status.DOCUMENTS_REQUESTED, Action.REFUSE_SEAT): Status.REJECTED,
    (Status.CONFIRMED, Action.ENROL): Status.ENROLLED,
    (Status.ENROLLED, Action.COMPLETE): Status.COMPLETED,
    (Status.ENROLLED, Action.FAIL): Status.FAILED,
    (Status.DRAFT, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.SUBMITTED, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.DOCUMENTS_REQUESTED, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.CONFIRMED, Action.WITHDRAW): Status.WITHDRAWN,
}
"""Every legal move. What is not here is refused."""

EDITABLE = frozenset({Status.DRAFT, Status.DOCUMENTS_REQUESTED})
"""The form may be changed only while the organisation does not look at it."""

DELETABLE = frozenset({Status.DRAFT, Status.WITHDRAWN, Status.REJECTED, Status.SUBMITTED})

FINAL = frozenset({Status.REJECTED, Status.COMPLETED, Status.FAILED, Status.WITHDRAWN})

IN_FLIGHT = frozenset({Status.DRAFT, Status.SUBMITTED, Status.DOCUMENTS_REQUESTED, Status.CONFIRMED})
"""On the way to an enrolment: the person may still take it back."""

WITHOUT_CONSENT = frozenset({Action.REJECT, Action.COMPLETE, Action.FAIL})
"""What an organisation may do about somebody who took the consent back: end it, or enter the result of who is taught."""

ACTIONS_OF: dict[Actor, tuple[Action, ...]] = {
    Actor.SPECIALIST: (Action.EDIT, Action.SUBMIT, Action.WITHDRAW, Action.DELETE),
    Actor.ORGANIZATION: (
        Action.CONFIRM,
        Action.REQUEST_DOCUMENTS,
        Action.REJECT,
        Action.ENROL,
        Action.COMPLETE,
        Action.FAIL,
    ),
    Actor.SYSTEM: (Action.REFUSE_SEAT, Action.WITHDRAW, Action.DELETE),
}

NEEDS_SEAT = frozenset({Action.CONFIRM})
"""Moves that demand a held seat."""


class IllegalMoveError(ValueError):
    """The action does not lead anywhere from this status."""

    def __init__(self, status: Status, action: Action) -> None:
        """Keep both, so that the caller can name the present status."""
        super().__init__(f"{action} is not possible in {status}")
        self.status = status
        self.action = action


def next_status(status: Status, action: Action) -> Status:
    """Where `action` leads from `status`; raises `IllegalMoveError` when the table has no such move."""
    try:
        return MOVES[status, action]
    except KeyError:
        raise IllegalMoveError(status, action) from None


def is_possible(status: Status, action: Action, *, deleted: bool, seat: Seat) -> bool:
    """Whether `action` may be done now: by status, by deletion, and by the seat where one is needed."""
    if deleted:
        return False
    if action is Action.EDIT:
        return status in EDITABLE
    if action is Action.DELETE:
        return status in DELETABLE
    if action in NEEDS_SEAT and seat is not Seat.HELD:
        return False
    return (status, action) in MOVES


def allowed_actions(status: Status, actor: Actor, *, deleted: bool, seat: Seat) -> list[Action]:
    """What `actor` may do now, in the order in which buttons stand."""
    return [action for action in ACTIONS_OF[actor] if is_possible(status, action, deleted=deleted, seat=seat)]


def seat_after(action: Action, seat: Seat) -> Seat:
    """What is known about the seat once `action` is done.

    A new submission waits for the catalogue's answer, unless the seat is held already from before.
    """
    if action is Action.SUBMIT and seat is not Seat.HELD:
        return Seat.PENDING
    return seat


def application_number(sequence: int, year: int) -> str:
    """`NMO-0031524-2016`: seven digits at least, and the year in Moscow (APP-01)."""
    return f"NMO-{sequence:07d}-{year:04d}"


WITH_REFERRAL = frozenset({Status.CONFIRMED, Status.ENROLLED, Status.COMPLETED, Status.FAILED})


def document_kinds(status: Status, basis: str | None) -> list[str]:
    """Documents that can be downloaded: none before the form is filled (APP-04).

    The training certificate exists only for the basis paid by the ФОМС, the referral once the seat is confirmed.
    """
    if basis is None:
        return []
    found = ["application"]
    if basis == "contract_foms":
        found.append("certificate")
    if status in WITH_REFERRAL:
        found.append("referral")
    return found
