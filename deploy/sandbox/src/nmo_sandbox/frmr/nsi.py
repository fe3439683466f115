"""НСИ of the stand-in: `/port/rest/` with `searchDictionary`, `passport` and `data`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from nmo_sandbox.frmr.books import Book, books

router = APIRouter(prefix="/port/rest")
MAX_PAGE = 500
UserKey = Annotated[str, Query(alias="userKey", min_length=1)]


@router.get("/searchDictionary")
async def search(user_key: UserKey, name: str = "") -> dict[str, Any]:
    """List the books whose title holds the text."""
    del user_key
    found = [_passport(book) for book in books().values() if name.casefold() in book.title.casefold()]
    return {"result": "OK", "resultText": "", "resultCode": 0, "total": len(found), "list": found}


@router.get("/passport")
async def passport(user_key: UserKey, identifier: str, version: str | None = None) -> dict[str, Any]:
    """Describe one book."""
    del user_key
    book = _book(identifier, version)
    return (
        _refused() if book is None else {"result": "OK", "resultText": "", "resultCode": 0, **_passport(book)}
    )


@router.get("/data")
async def data(
    user_key: UserKey,
    identifier: str,
    version: str | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 200,
) -> dict[str, Any]:
    """Answer with a page of rows, each a list of `{column, value}`."""
    del user_key
    book = _book(identifier, version)
    if book is None:
        return _refused()
    rows = book.rows[(page - 1) * size : page * size]
    listed = [[{"column": column, "value": value} for column, value in row.items()] for row in rows]
    return {"result": "OK", "resultText": "", "resultCode": 0, "total": len(book.rows), "list": listed}


def _book(identifier: str, version: str | None) -> Book | None:
    book = books().get(identifier)
    return book if book is not None and version in {None, book.version} else None


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
        "releaseNotes": "",
    }
