"""Routes of the reference books' upkeep, for services and administrators only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import FieldProblem, NotFound, problems
from nmo_registry.reference_books import queries
from nmo_registry.reference_books.catalogue import SPECS, BookName
from nmo_registry.reference_books.commands.accept_smaller import accept_smaller
from nmo_registry.reference_books.commands.again import look_again
from nmo_registry.reference_books.commands.fetch import BookFetcher
from nmo_registry.reference_books.commands.pin import pin, unpin
from nmo_registry.reference_books.commands.tell_successors import tell_successors
from nmo_registry.reference_books.errors import NothingToAccept, StillInForce, VersionMissing
from nmo_registry.reference_books.schemas import (
    AcceptSmaller,
    BooksUpkeep,
    BookUpkeep,
    FetchBook,
    FetchResult,
    LoadState,
    PinBook,
    TellSuccessors,
    UnpinBook,
)
from nmo_registry.reference_books.tables import BookState

router = APIRouter(prefix="/internal/books", tags=["internal"])


async def _fetcher(request: Request) -> BookFetcher:
    fetcher: BookFetcher = request.app.state.book_fetcher
    return fetcher


FetcherDep = Annotated[BookFetcher, Depends(_fetcher)]


@router.get("", responses=problems())
@action("registry.books.read")
async def books(session: ReadDep) -> BooksUpkeep:
    """Every book: current version, the last look at the source, the last load with its fault."""
    states = await queries.states(session)
    items = []
    for book, spec in SPECS.items():
        state = states.get(book) or BookState(book=book)
        last = await queries.last_load(session, book)
        load = (
            LoadState.model_validate(last.model_dump(include=set(LoadState.model_fields))) if last else None
        )
        told = state.model_dump(include=set(BookUpkeep.model_fields))
        current = await queries.find_version(session, book)
        passport = current.model_dump(include={"source", "released_on", "published_at"}) if current else {}
        items.append(BookUpkeep.model_validate({**told, **passport, "oid": spec.oid, "last_load": load}))
    return BooksUpkeep(items=items)


@router.post("/{book}/fetch", responses=problems(NotFound))
@action("registry.books.fetch")
async def fetch(book: BookName, body: FetchBook, fetcher: FetcherDep) -> FetchResult:
    """Fetch a book now, whatever the pause after failures; answers when it is read."""
    done = await fetcher.look(book, body.version, force=True, accept_smaller=body.accept_smaller)
    return FetchResult(book=done.book, state=done.state, version=done.version, detail=done.detail)


@router.post("/{book}/again", status_code=204, responses=problems(NotFound))
@action("registry.books.again")
async def again(book: BookName, session: WriteDep, principal: CurrentPrincipal) -> None:
    """Look at the source in the next minute, whatever the pause; a version that was set aside is read again."""
    await look_again(session, book, by=principal)


@router.post("/{book}/accept", status_code=204, responses=problems(NotFound, NothingToAccept))
@action("registry.books.accept")
async def accept(book: BookName, body: AcceptSmaller, session: WriteDep, principal: CurrentPrincipal) -> None:
    """Take in, in the next minute, a version that was set aside because it lost more than a tenth of its values."""
    await accept_smaller(session, book, body.version, by=principal, reason=body.reason)


@router.put("/{book}/pin", status_code=204, responses=problems(VersionMissing))
@action("registry.books.pin")
async def pin_version(
    book: BookName, body: PinBook, session: WriteDep, principal: CurrentPrincipal
) -> Response:
    """Keep a version current, whatever the source publishes."""
    await pin(session, book, body.version, by=principal, reason=body.reason)
    return Response(status_code=204)


@router.post("/{book}/unpin", status_code=204, responses=problems(VersionMissing))
@action("registry.books.unpin")
async def unpin_version(
    book: BookName, body: UnpinBook, session: WriteDep, principal: CurrentPrincipal
) -> Response:
    """Follow the source again."""
    await unpin(session, book, by=principal, reason=body.reason)
    return Response(status_code=204)


@router.put("/{book}/successors", status_code=204, responses=problems(NotFound, StillInForce, FieldProblem))
@action("registry.books.successors")
async def successors(
    book: BookName, body: TellSuccessors, session: WriteDep, principal: CurrentPrincipal
) -> Response:
    """Tell what a retired value became."""
    await tell_successors(session, book, body.key, body.successors, by=principal, reason=body.reason)
    return Response(status_code=204)
