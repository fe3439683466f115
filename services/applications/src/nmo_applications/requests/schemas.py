"""Bodies of requests and answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nmo_applications.requests.rules import Kind, Status
from nmo_kit.clock import CalendarDate, Moment
from nmo_kit.snils import Snils

MAX_TEXT = 4000
Topic = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Reference = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z-]{4,64}$")]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChangeValues(_Request):
    """New values of unchangeable data; what is left out stays. `patronymic` null: there is none."""

    last_name: Name | None = None
    first_name: Name | None = None
    patronymic: Name | None = None
    birth_on: CalendarDate | None = None
    snils: Snils | None = None
    email: Email | None = None

    @property
    def given(self) -> dict[str, str | None]:
        """Fields that are to change, as text; an empty patronymic says that there is none."""
        found: dict[str, str | None] = {}
        for name in sorted(self.model_fields_set):
            value = getattr(self, name)
            if value is None and name != "patronymic":
                continue
            found[name] = (
                value.isoformat() if isinstance(value, date) else (None if value is None else str(value))
            )
        return found


class OpenRequest(_Request):
    """A new request of a signed-in person."""

    kind: Kind
    topic: Topic
    text: Text
    reference: Reference | None = None
    happened_at: Moment | None = None
    values: ChangeValues | None = None
    """For a request to change data: the values wanted; `text` is the reason."""


class OpenGuestRequest(_Request):
    """A request of somebody who cannot sign in."""

    topic: Topic
    text: Text
    reference: Reference | None = None
    happened_at: Moment | None = None
    contact: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254)] | None = None


class Said(_Request):
    """Words of the thread."""

    text: Text


class GuestKey(_Request):
    """Proof of a guest: the key told when the request was opened."""

    key: str = Field(min_length=20, max_length=100)


class GuestSaid(GuestKey):
    """Words of a guest."""

    text: Text


class Answer(Said):
    """Words of an employee to the owner."""

    asks_documents: bool = False


class Proposal(_Request):
    """Values an employee proposes, and the documents they rest on."""

    values: ChangeValues
    text: Text


class Decision(_Request):
    """The second employee's word."""

    approve: bool
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_TEXT)] = ""


class DiscloseChange(_Request):
    """Which approved change identity carries out."""

    request_id: UUID
    purpose: Literal["apply_change"]


class Opened(BaseModel):
    """The new request; nothing personal, so the answer may be kept with its key."""

    request_id: UUID
    number: str
    status: Status
    due_at: datetime


class OpenedForGuest(BaseModel):
    """The new request and the key to its thread, told this once."""

    number: str
    key: str
    due_at: datetime


class RequestItem(BaseModel):
    """A line of the owner's list."""

    request_id: UUID
    number: str
    kind: Kind
    topic: str
    status: Status
    result: str | None
    due_at: datetime
    created_at: datetime
    updated_at: datetime


class MessageView(BaseModel):
    """A line of a thread."""

    at: datetime
    author: str
    text: str


class MoveView(BaseModel):
    """A line of the history."""

    at: datetime
    action: str
    status: Status
    role: str


class RequestView(RequestItem):
    """A request with its thread, as its owner sees it."""

    reference: str | None
    happened_at: datetime | None
    messages: list[MessageView]
    history: list[MoveView]
    asked: dict[str, str | None]
    """Values the person wants to have changed."""
    allowed: list[str]


class QueueItem(BaseModel):
    """A line of the employees' queue: nothing personal before it is taken (ROL-04)."""

    request_id: UUID
    number: str
    kind: Kind
    status: Status
    level: int
    due_at: datetime
    overdue: bool
    created_at: datetime
    guest: bool
    topic: str | None
    """Only of requests the employee has taken."""
    person_name: str | None
    """Same."""


class PersonCard(BaseModel):
    """Who turned to support, as identity tells it for this purpose."""

    full_name: str
    birth_on: date | None
    snils: str | None
    email: str | None
    phone: str | None


class WorkView(RequestView):
    """A request as the employee who works on it sees it."""

    level: int
    overdue: bool
    guest: bool
    contact: str | None
    person: PersonCard | None
    person_missing: bool
    """Identity did not answer: the card is shown without the person's data."""
    proposed: dict[str, str | None]
    proposed_by_me: bool
    asked_documents: bool


class QueueCounts(BaseModel):
    """How much there is to do."""

    new: int
    mine: int
    approval: int


class DisclosedChange(BaseModel):
    """An approved change, for identity alone."""

    person_id: UUID
    values: dict[str, str | None]
