"""The ФРМР stand-in as an application (port 8191)."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from starlette.responses import Response

from nmo_sandbox.common.faults import DOWN, SLOW, Fault, FaultBoard
from nmo_sandbox.common.frame import frame
from nmo_sandbox.frmr import control, dump, nsi, upstream
from nmo_sandbox.frmr.answers import RegisterError, on_error
from nmo_sandbox.frmr.feed_faults import FEED_FAULTS
from nmo_sandbox.frmr.ready_dump import ReadyDump
from nmo_sandbox.frmr.shelf import Shelf
from nmo_sandbox.frmr.state import State
from nmo_sandbox.settings import SandboxSettings

FAULTS = (
    DOWN,
    SLOW,
    Fault("broken_json", "answers of the register are cut in the middle of their JSON"),
    Fault("error_every", "every n-th request to the register is answered 500", 3),
    Fault("busy", "every request to the register is answered 429 with so many seconds to wait", 1),
    *FEED_FAULTS,
    *dump.DUMP_FAULTS,
    *nsi.NSI_FAULTS,
)


def create_app(settings: SandboxSettings | None = None) -> FastAPI:
    """Build the stand-in with the cards of the sandbox people in it.

    Side effects: with a state folder set, opens `frmr/frmr.sqlite3` in it; what was changed before is still there.
    """
    settings = settings or SandboxSettings()
    state = State(settings.state / "frmr" if settings.state else None)
    control.load_people(state)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.ready_dump.close()
        state.close()

    board = FaultBoard(FAULTS)
    app = frame("ФРМР (стенд)", board, lifespan=lifespan)
    app.state.register = state
    app.state.shelf = Shelf(settings.state / "frmr" if settings.state else None)
    app.state.ready_dump = ReadyDump(settings.state / "frmr" if settings.state else None)
    app.state.faults = board
    app.add_exception_handler(RegisterError, on_error)
    app.include_router(dump.router)
    app.include_router(upstream.router)
    app.include_router(nsi.router)
    app.include_router(control.router)
    _install_faults(app, board)
    return app


def _install_faults(app: FastAPI, board: FaultBoard) -> None:
    numbers = itertools.count(1)

    @app.middleware("http")
    async def faults(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.url.path.startswith(("/sandbox/", "/livez")):
            return await call_next(request)
        every = int(board.number("error_every"))
        if every > 0 and next(numbers) % every == 0:
            return await on_error(request, RegisterError(500, "INTERNAL", "Внутренняя ошибка сервиса"))
        if board.on("busy"):
            refused = await on_error(
                request, RegisterError(429, "TOO_MANY_REQUESTS", "Превышена квота запросов")
            )
            refused.headers["Retry-After"] = str(int(board.number("busy")))
            return refused
        if board.on("broken_json"):
            return Response('{"requestId": "1", "content": {"oid": "20', media_type="application/json")
        return await call_next(request)
