"""Requests and answers of the organisation's workplace."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nmo_applications.enrolment.queries import Viewed
from nmo_applications.enrolment.rules import WITHOUT_CONSENT, Actor
from nmo_applications.enrolment.schemas import ApplicationView, FormView, application_view
from nmo_applications.upstreams import Applicant
from nmo_kit.clock import CalendarDate
from nmo_kit.snils import Snils

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=r"\S")]


class Rejection(BaseModel):
    """Why it is rejected; the person reads it."""

    model_config = ConfigDict(extra="forbid")

    reason: Words


class DocumentsRequest(BaseModel):
    """Which documents are wanted; the person reads it."""

    model_config = ConfigDict(extra="forbid")

    message: Words


class Result(BaseModel):
    """The result of the training."""

    model_config = ConfigDict(extra="forbid")

    completed_on: CalendarDate | None = None
    certificate_number: str | None = Field(default=None, max_length=200)
    passed: bool


class ResultLine(BaseModel):
    """What became of one line of a file of results."""

    line: int
    number: str
    accepted: bool
    message: str | None


class ResultsView(BaseModel):
    """What became of a file: how many lines were entered, and each line with its fault if it has one."""

    accepted: int
    refused: int
    items: list[ResultLine]


class ShortApplicant(BaseModel):
    """Who applies, as a queue shows it."""

    short_name: str | None
    """None while identity does not answer: the queue stays usable."""


class FullApplicant(ShortApplicant):
    """Who applies, as the person who decides must know it."""

    full_name: str
    snils: str


class QueueItem(ApplicationView):
    """One application in the queue."""

    applicant: ShortApplicant
    applicant_hidden: bool
    """The person took the consent to the organisation back: nothing of them is shown."""


class SubmittedApplication(ApplicationView):
    """One application with the applicant's data frozen at submission."""

    applicant: FullApplicant | None
    applicant_hidden: bool


def queue_item(viewed: Viewed, short_name: str | None, *, hidden: bool) -> QueueItem:
    """A row of the queue."""
    view = _shown(application_view(viewed, actor=Actor.ORGANIZATION), hidden=hidden)
    known = ShortApplicant(short_name=None if hidden else short_name)
    return QueueItem(**view.model_dump(), applicant=known, applicant_hidden=hidden)


def submitted(viewed: Viewed, applicant: Applicant | None, *, hidden: bool) -> SubmittedApplication:
    """The whole application for the organisation that decides on it."""
    return with_applicant(application_view(viewed, actor=Actor.ORGANIZATION), applicant, hidden=hidden)


def with_applicant(
    view: ApplicationView, applicant: Applicant | None, *, hidden: bool
) -> SubmittedApplication:
    """The organisation's view joined with the applicant's frozen data, as far as the person's consent goes."""
    known = None
    if applicant is not None and not hidden:
        known = FullApplicant(
            short_name=applicant.short_name,
            full_name=applicant.full_name,
            snils=Snils.parse(applicant.snils).formatted,
        )
    shown = _shown(view, hidden=hidden)
    return SubmittedApplication(**shown.model_dump(), applicant=known, applicant_hidden=hidden)


def _shown(view: ApplicationView, *, hidden: bool) -> ApplicationView:
    """The same without the person's form and papers, and with what may still be done about it."""
    if not hidden:
        return view
    empty = FormView(**dict.fromkeys(FormView.model_fields))
    allowed = [name for name in view.allowed if name in WITHOUT_CONSENT]
    return view.model_copy(update={"form": empty, "documents": [], "allowed": allowed})
