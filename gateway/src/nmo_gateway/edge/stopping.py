"""Endless answers end when the process is told to stop; else they would hold it for the whole time of grace."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

from nmo_gateway.asgi import App, Message, Receive, Scope, Send
from nmo_gateway.edge.refusal import refuse
from nmo_gateway.proxy.routing import LONG_POLLS, STREAMS
from nmo_kit.errors import Unavailable

ENDLESS = STREAMS | LONG_POLLS | {"/events"}


class EndsWithProcess:
    """A stream is closed as if its source had ended: browsers come back by themselves, to whoever answers then."""

    def __init__(self, app: App, stopping: asyncio.Event) -> None:
        self._app = app
        self._stopping = stopping

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        endless = scope["path"] in ENDLESS
        return self._until_stopped(scope, receive, send) if endless else self._app(scope, receive, send)

    async def _until_stopped(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_and_see(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        answering = asyncio.ensure_future(self._app(scope, receive, send_and_see))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({answering, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                await answering
                return
        finally:
            for task in (answering, stopping):
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(answering, stopping, return_exceptions=True)
        if started:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await refuse(scope, receive, send, Unavailable())
