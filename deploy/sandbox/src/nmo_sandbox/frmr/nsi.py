"""НСИ of the stand-in: `/port/rest/` with `searchDictionary`, `passport`, `versions` and `data`."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field

from nmo_sandbox.common.faults import Fault, FaultBoard
from nmo_sandbox.frmr.books import Book
from nmo_sandbox.frmr.nsi_faults import damaged
from nmo_sandbox.frmr.shelf import Shelf, changed

router = APIRouter()
MAX_PAGE = 500
UserKey = Annotated[str, Query(alias="userKey", min_length=1)]
NSI_FAULTS = (
    Fault("nsi_bytes", "pages of reference books come in windows-1251 and call it UTF-8"),
    Fault("nsi_garbled", "every n-th name of a reference book was decoded wrongly before", 3),
    Fault("nsi_nameless", "every n-th row of a reference book has no name", 3),
    Fault("nsi_twice", "every n-th row of a reference book repeats the one before it", 3),
    Fault("nsi_half_page", "pages of reference books hold half of their rows"),
    Fault("nsi_pages_lost", "pages of reference books from the n-th on are answered 503", 2),
)


class NewVersion(BaseModel):
    """A next version of a book.

    Attributes:
        version: its number.
        updated_on: its day, ISO.
        put: rows to add, or columns to change in the rows with the same `ID`.
        drop: codes to leave out.
        notes: what the passport says of the changes.
    """

    version: str = Field(min_length=1, max_length=20)
    updated_on: str = "2026-12-01"
    put: list[dict[str, str]] = Field(default=[], max_length=200_000)
    drop: list[str] = Field(default=[], max_length=200_000)
    notes: str = ""


def _shelf(request: Request) -> Shelf:
    shelf: Shelf = request.app.state.shelf
    return shelf


def _board(request: Request) -> FaultBoard:
    board: FaultBoard = request.app.state.faults
    return board


ShelfDep = Annotated[Shelf, Depends(_shelf)]
BoardDep = Annotated[FaultBoard, Depends(_board)]


@router.get("/port/rest/searchDictionary")
async def search(user_key: UserKey, shelf: ShelfDep, name: str = "") -> dict[str, Any]:
    """List the books whose title holds the text."""
    del user_key
    found = [_passport(book) for book in shelf.newest() if name.casefold() in book.title.casefold()]
    return _answer(total=len(found), list=found)


@router.get("/port/rest/passport")
async def passport(
    user_key: UserKey, shelf: ShelfDep, identifier: str, version: str | None = None
) -> dict[str, Any]:
    """Describe one version of a book, the newest when none is named."""
    del user_key
    book = shelf.find(identifier, version)
    return _refused() if book is None else _answer(**_passport(book))


@router.get("/port/rest/versions")
async def versions(user_key: UserKey, shelf: ShelfDep, identifier: str) -> dict[str, Any]:
    """List the versions of a book, the newest first."""
    del user_key
    found = [
        {"version": book.version, "publishDate": book.updated_on, "releaseNotes": book.notes}
        for book in shelf.versions(identifier)
    ]
    return _answer(total=len(found), list=found) if found else _refused()


@router.get("/port/rest/data")
async def data(
    *,
    user_key: UserKey,
    shelf: ShelfDep,
    board: BoardDep,
    identifier: str,
    version: str | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 200,
    columns: str = "",
    filters: Annotated[list[str], Query()] = [],  # noqa: B006 FastAPI copies it
) -> Any:
    """Answer with a page of rows, each a list of `{column, value}`; `filters` are `COLUMN|value`."""
    del user_key
    book = shelf.find(identifier, version)
    if book is None:
        return _refused()
    wanted = [tuple(item.split("|", 1)) for item in filters if "|" in item]
    rows = [row for row in book.rows if all(row.get(column) == value for column, value in wanted)]
    shown = rows[(page - 1) * size : page * size]
    if columns:
        names = columns.split(",")
        shown = [{name: row[name] for name in names if name in row} for row in shown]
    return damaged(board, page, _answer(total=len(rows), list=[]), [dict(row) for row in shown])


@router.post("/sandbox/books/{oid}/versions", status_code=201)
async def publish(oid: str, wanted: NewVersion, shelf: ShelfDep) -> dict[str, Any]:
    """Publish a next version of a book, made from its newest one."""
    book = shelf.find(oid, None)
    if book is None:
        raise HTTPException(404, "no such book")
    if any(not row.get("ID") for row in wanted.put):
        raise HTTPException(422, "a row needs an ID")
    try:
        rows = changed(book.rows, put=wanted.put, drop=wanted.drop)
        return _passport(shelf.publish(oid, wanted.version, wanted.updated_on, rows, wanted.notes))
    except ValueError as error:
        raise HTTPException(409, "the version is there already") from error


def _answer(**more: Any) -> dict[str, Any]:
    return {"result": "OK", "resultText": "", "resultCode": 0, **more}


def _refused() -> dict[str, Any]:
    return {"result": "ERROR", "resultText": "Справочник или версия не найдены", "resultCode": 1}


def _passport(book: Book) -> dict[str, Any]:
    return {
        "oid": book.oid,
        "fullName": book.title,
        "shortName": book.title,
        "version": book.version,
        "rowsCount": len(book.rows),
        "lastUpdate": book.updated_on,
        "approveDate": book.updated_on,
        "releaseNotes": book.notes,
    }
