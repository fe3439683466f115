"""The mailbox as one application: SMTP server, API, pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta, timezone
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request
from pydantic import BaseModel
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from nmo_sandbox.common.faults import FaultBoard
from nmo_sandbox.common.frame import frame
from nmo_sandbox.common.pages import message, page
from nmo_sandbox.mailbox.letters import Letter, Letters
from nmo_sandbox.mailbox.smtp import MAILBOX_FAULTS, Taker, serve_smtp
from nmo_sandbox.settings import SandboxSettings

_MOSCOW = timezone(timedelta(hours=3))
# A letter's own HTML may style itself and show embedded pictures; it gets no scripts, forms or network. Its links
# open in a window of their own.
_LETTER_POLICY = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Dropped(BaseModel):
    """Which letters to forget; all when none is named."""

    IDs: list[str] = []


def create_app(settings: SandboxSettings | None = None) -> FastAPI:
    """Build the application; its SMTP server listens while the application runs (`app.state.smtp_port`)."""
    settings = settings or SandboxSettings()
    letters, faults = Letters(), FaultBoard(MAILBOX_FAULTS)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        server = await serve_smtp(Taker(letters, faults), settings.host, settings.smtp_port)
        app.state.smtp_port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            await server.wait_closed()

    app = frame("Почта учебного стенда", faults, lifespan=lifespan)
    app.include_router(_api(letters))
    app.include_router(_pages(letters))
    return app


def _api(letters: Letters) -> APIRouter:
    router = APIRouter(prefix="/api/v1")

    def listing(found: list[Letter], start: int, limit: int) -> dict[str, Any]:
        shown = found[start : start + limit]
        everything = letters.find()
        return {
            "total": len(everything),
            "unread": sum(not letter.read for letter in everything),
            "count": len(shown),
            "messages_count": len(found),
            "start": start,
            "tags": [],
            "messages": [letter.brief() for letter in shown],
        }

    @router.get("/messages")
    async def messages(start: int = 0, limit: int = 50) -> dict[str, Any]:
        """List letters, newest first."""
        return listing(letters.find(), max(start, 0), max(limit, 0))

    @router.get("/search")
    async def search(query: str = "", start: int = 0, limit: int = 50) -> dict[str, Any]:
        """List letters that answer `to:…`, `from:…`, `subject:…` and words."""
        return listing(letters.find(query), max(start, 0), max(limit, 0))

    @router.get("/message/{number}")
    async def one(number: str) -> dict[str, Any]:
        """Return one letter (`latest`: the newest) and mark it read."""
        letter = _known(letters, number)
        letter.read = True
        return letter.full()

    @router.get("/message/{number}/raw")
    async def raw(number: str) -> Response:
        """Return a letter as it came."""
        return PlainTextResponse(_known(letters, number).raw.decode("utf-8", "replace"))

    @router.delete("/messages")
    async def drop(request: Request) -> PlainTextResponse:
        """Forget the letters named in `{"IDs": […]}`, all of them without a body."""
        body = await request.body()
        try:
            dropped = Dropped.model_validate_json(body) if body.strip() else Dropped()
        except ValueError as wrong:
            raise HTTPException(422, 'a body is {"IDs": [...]}') from wrong
        letters.drop(dropped.IDs or None)
        return PlainTextResponse("ok")

    return router


def _pages(letters: Letters) -> APIRouter:
    router = APIRouter()

    @router.get("/")
    async def box(q: str = "") -> HTMLResponse:
        """Show the letters."""
        shown = [
            letter.brief() | {"when": _when(letter), "for": ", ".join(letter.recipients)}
            for letter in letters.find(q)
        ]
        return page("mailbox.html", letters=shown[:200], total=len(shown), q=q)

    @router.get("/view/{number}")
    async def view(number: str) -> HTMLResponse:
        """Show one letter; its HTML stands in a frame that cannot do anything."""
        letter = letters.get(number)
        if letter is None:
            return message("Письма нет", "Письмо удалено или его не было.", status=404)
        letter.read = True
        recipients = ", ".join(letter.recipients)
        return page("letter.html", letter=letter.full(), when=_when(letter), recipients=recipients)

    @router.get("/view/{number}/html")
    async def body(number: str) -> HTMLResponse:
        """Return a letter's HTML for that frame."""
        letter = _known(letters, number)
        return HTMLResponse(
            f'<base target="_blank">{letter.html}', headers={"Content-Security-Policy": _LETTER_POLICY}
        )

    return router


def _known(letters: Letters, number: str) -> Letter:
    letter = letters.get(number)
    if letter is None:
        raise HTTPException(404, "no such message")
    return letter


def _when(letter: Letter) -> str:
    return f"{letter.received.astimezone(_MOSCOW):%d.%m.%Y %H:%M:%S}"
