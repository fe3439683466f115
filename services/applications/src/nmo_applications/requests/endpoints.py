"""Routes of the owner of a request."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from nmo_applications.deps import CipherDep
from nmo_applications.requests import queries, schemas, views
from nmo_applications.requests.commands.open import Words, open_request
from nmo_applications.requests.commands.reply import reply, withdraw
from nmo_applications.requests.errors import AlreadyOpen, IllegalMove, TooManyOpen
from nmo_applications.requests.rules import Kind
from nmo_kit import clock
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import FieldError, FieldProblem, NotFound, problems
from nmo_kit.idempotency import IdempotencyDep
from nmo_kit.paging import Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1/requests", tags=["requests"])
NO_STORE = {"Cache-Control": "no-store"}
NOTHING_TO_CHANGE = "Укажите хотя бы одно новое значение"


def before_of(cursor: str | None) -> UUID | None:
    """Where a page of a list goes on; None for the first page.

    Raises:
        FieldProblem: the text is no cursor of ours.
    """
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor).get("before")))
    except ValueError as error:
        message = "Ссылка на страницу списка устарела. Откройте список заново"
        raise FieldProblem([FieldError(pointer="/cursor", code="cursor", message=message)]) from error


@router.get("", responses=problems())
@action("applications.request.list")
async def list_own(
    session: ReadDep,
    viewer: CurrentPrincipal,
    cipher: CipherDep,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[schemas.RequestItem]:
    """The person's requests, newest first."""
    response.headers.update(NO_STORE)
    found = await queries.own_requests(session, viewer=viewer, before=before_of(cursor), limit=limit + 1)
    more = encode_cursor({"before": str(found[limit - 1].id)}) if len(found) > limit else None
    return Page(items=[views.item(row, cipher) for row in found[:limit]], next_cursor=more)


@router.post("", status_code=201, responses=problems(AlreadyOpen, TooManyOpen))
@action("applications.request.open")
async def open_own(
    body: schemas.OpenRequest,
    session: WriteDep,
    viewer: CurrentPrincipal,
    cipher: CipherDep,
    idempotency: IdempotencyDep,
) -> schemas.Opened:
    """Turn to support; the number and the deadline are in the answer (SUP-01)."""
    words = _words(body)

    async def work() -> schemas.Opened:
        row = await open_request(session, body.kind, words, by=viewer, cipher=cipher, now=clock.now())
        return views.opened(row)

    return schemas.Opened.model_validate(await idempotency.once(schemas.Opened, work))


@router.get("/{request_id}", responses=problems(NotFound))
@action("applications.request.read")
async def read_own(
    request_id: UUID, session: ReadDep, viewer: CurrentPrincipal, cipher: CipherDep, response: Response
) -> schemas.RequestView:
    """One request with its thread and history."""
    response.headers.update(NO_STORE)
    row = await queries.own_request(session, request_id, viewer=viewer)
    return views.without_inner_steps(await views.view(session, row, cipher))


@router.post("/{request_id}/messages", status_code=201, responses=problems(NotFound, IllegalMove))
@action("applications.request.reply")
async def write(
    request_id: UUID, body: schemas.Said, session: WriteDep, viewer: CurrentPrincipal, cipher: CipherDep
) -> schemas.RequestView:
    """Write on."""
    row = await queries.own_request(session, request_id, viewer=viewer, lock=True)
    await reply(session, row, body.text, by=viewer, cipher=cipher, now=clock.now())
    await session.flush()
    return views.without_inner_steps(await views.view(session, row, cipher))


@router.post("/{request_id}/withdraw", responses=problems(NotFound, IllegalMove))
@action("applications.request.withdraw")
async def take_back(
    request_id: UUID, session: WriteDep, viewer: CurrentPrincipal, cipher: CipherDep
) -> schemas.RequestView:
    """Close one's own request: it is needed no longer."""
    row = await queries.own_request(session, request_id, viewer=viewer, lock=True)
    await withdraw(session, row, by=viewer, now=clock.now())
    await session.flush()
    return views.without_inner_steps(await views.view(session, row, cipher))


def _words(body: schemas.OpenRequest) -> Words:
    """What the person tells; values belong to a request to change data, and to no other.

    Raises:
        FieldProblem: values where none belong, or none where they do, or a birth date to come.
    """
    values = body.values.given if body.values is not None else {}
    if body.kind is Kind.DATA_CHANGE and not values:
        raise FieldProblem([FieldError(pointer="/values", code="required", message=NOTHING_TO_CHANGE)])
    if body.kind is not Kind.DATA_CHANGE and values:
        message = "Новые значения принимаются только в обращении об изменении данных"
        raise FieldProblem([FieldError(pointer="/values", code="unexpected", message=message)])
    check_birth_date(body.values)
    return Words(body.topic, body.text, body.reference, body.happened_at, values or None)


def check_birth_date(values: schemas.ChangeValues | None) -> None:
    """Nobody is born tomorrow.

    Raises:
        FieldProblem: the date lies ahead.
    """
    if values is not None and values.birth_on is not None and values.birth_on > clock.today():
        message = "Дата рождения: этот день ещё не наступил"
        raise FieldProblem([FieldError(pointer="/values/birth_on", code="future", message=message)])
