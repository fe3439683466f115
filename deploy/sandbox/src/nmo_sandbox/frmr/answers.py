"""Envelope and errors of the register's answers."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import Request
from starlette.responses import JSONResponse


class RegisterError(Exception):
    """A refusal in the register's own shape: `{timestamp, code, reasonPhrase, message}`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def envelope(content: Any, **more: Any) -> dict[str, Any]:
    """Wrap an answer: `{requestId, content}` and what lists add."""
    return {"requestId": str(uuid4()), "content": content, **more}


async def on_error(request: Request, error: Exception) -> JSONResponse:
    """Render a refusal."""
    del request
    if not isinstance(error, RegisterError):
        error = RegisterError(500, "INTERNAL", "Внутренняя ошибка")
    body = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "code": error.code,
        "reasonPhrase": HTTPStatus(error.status).phrase,
        "message": error.message,
    }
    return JSONResponse(body, error.status)
