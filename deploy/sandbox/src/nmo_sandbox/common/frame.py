"""The frame every stand-in's application stands in: health, marks, limits, the common faults."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import structlog
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nmo_sandbox.common.faults import FaultBoard, fault_routes

MAX_BODY = 1_000_000
"""Largest request body in bytes."""

_DOWN_PAGE = (
    '<!doctype html><html lang="ru"><meta charset="utf-8"><title>Сервис недоступен</title>'
    "<h1>Ведутся технические работы</h1><p>Попробуйте позже.</p>"
)
_log = structlog.get_logger("nmo_sandbox")

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def frame(title: str, faults: FaultBoard, *, lifespan: Lifespan | None = None) -> FastAPI:
    """Return an application with `/livez`, fault control and the common middleware.

    The board must know the faults `down` and `slow`.
    """
    app = FastAPI(title=title, docs_url=None, redoc_url=None, lifespan=lifespan)

    @app.get("/livez")
    async def livez() -> dict[str, str]:
        """Answer while the process lives, whatever faults are on."""
        return {"status": "ok"}

    app.include_router(fault_routes(faults))
    app.add_middleware(Edge, faults=faults)
    return app


class Edge:
    """Marks answers as a stand-in's, refuses oversized bodies, applies `down` and `slow`, writes the access log.

    The log has method, path and status only: queries and bodies of these programs carry codes and signatures.
    """

    def __init__(self, app: ASGIApp, faults: FaultBoard) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._faults.look_at("")

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Sandbox"] = "stand-in"
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
                _log.info("request", method=scope["method"], path=scope["path"], status=message["status"])
            await send(message)

        early = await self._early(scope)
        await (early or self._app)(scope, receive, marked)

    async def _early(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        length = headers.get("content-length")
        if length is not None and (not length.isdigit() or int(length) > MAX_BODY):
            return PlainTextResponse("the request is too large", 413)
        if "chunked" in headers.get("transfer-encoding", ""):
            return PlainTextResponse("a request body must tell its length", 411)
        if scope["path"] == "/livez" or scope["path"].startswith("/sandbox/"):
            return None
        await asyncio.sleep(self._faults.number("slow"))
        if self._faults.on("down"):
            return HTMLResponse(_DOWN_PAGE, 503, {"Retry-After": "60"})
        return None
