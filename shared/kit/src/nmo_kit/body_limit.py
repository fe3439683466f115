"""The largest body a service reads, refused as a problem like every other error."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nmo_kit.errors import TooLarge, render


class BodyLimit:
    """Pure ASGI: refuses a declared length at once, and a body without one as soon as it grows too large."""

    def __init__(self, app: ASGIApp, max_bytes: int, uploads: Mapping[str, int] | None = None) -> None:
        """Wrap the application; `uploads`: addresses that take files, with the largest one in bytes."""
        self._app = app
        self._max_bytes = max_bytes
        self._uploads = uploads or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_bytes = self._uploads.get(scope["path"], self._max_bytes)
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > max_bytes:
            await render(TooLarge(), instance=scope["path"])(scope, receive, send)
            return
        size = 0

        async def receive_and_count() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > max_bytes:
                # Raised into whoever reads the body, and rendered where every error is.
                raise HTTPException(TooLarge.status)
            return message

        await self._app(scope, receive_and_count, send)
