"""Sizes of requests, and patience with slow senders (GWY-03, security T23)."""

import asyncio
from collections.abc import Awaitable

from starlette.exceptions import HTTPException

from nmo_gateway.asgi import App, Message, Receive, Scope, Send, header, header_count
from nmo_gateway.edge.refusal import refuse
from nmo_gateway.settings import GatewaySettings
from nmo_kit.errors import Problem

BODY_PIECE_WAIT_S = 30.0
FRAMING = frozenset({b"content-length", b"transfer-encoding"})


class TooLarge(Problem):
    """The body is bigger than the address takes."""

    status, code, title = 413, "too_large", "Слишком большой запрос"
    detail = "Запрос больше, чем можно принять. Для файла предел — 5 МБ."


class AddressTooLong(Problem):
    """The request line is too long."""

    status, code, title = 414, "address_too_long", "Слишком длинный адрес"
    detail = "Адрес запроса слишком длинный. Сократите условия поиска."


class HeadersTooLarge(Problem):
    """Header fields are too big altogether."""

    status, code, title = 431, "headers_too_large", "Слишком большие заголовки"
    detail = "Заголовки запроса слишком большие. Удалите cookie этого сайта и повторите."


class BadFraming(Problem):
    """The body's length is told in a way that two readers may understand differently."""

    status, code, title = 400, "bad_framing", "Запрос не принят"
    detail = "Длина тела запроса указана неверно."


class SlowBody(Problem):
    """The body stopped coming."""

    status, code, title = 408, "slow_body", "Запрос не дошёл"
    detail = "Запрос не дошёл целиком. Проверьте связь и повторите."


class RequestTooLargeError(HTTPException):
    """Raised out of ``receive`` when a body without a length grows too big."""

    def __init__(self) -> None:
        super().__init__(413)


class SlowBodyError(HTTPException):
    """Raised out of ``receive`` when the sender falls silent in the middle of a body."""

    def __init__(self) -> None:
        super().__init__(408)


class SizeLimits:
    """Refuses what is too big before anything is done with it; bodies without a length are counted as they come."""

    def __init__(self, app: App, settings: GatewaySettings) -> None:
        self._app = app
        self._settings = settings

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        size, with_body = 0, False
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name in FRAMING:
                with_body = True
        allowed = self._body_limit(scope) if with_body else 0
        fault = self._fault(scope, size, allowed if with_body else None)
        if fault is not None:
            return refuse(scope, receive, send, fault)
        if not with_body:
            return self._app(scope, receive, send)
        return self._with_body(scope, receive, send, allowed)

    async def _with_body(self, scope: Scope, receive: Receive, send: Send, allowed: int) -> None:
        try:
            await self._app(scope, _counted(receive, allowed), send)
        except (RequestTooLargeError, SlowBodyError) as error:
            if scope["state"].get("answer_started"):
                raise
            await refuse(
                scope, receive, send, TooLarge() if error.status_code == TooLarge.status else SlowBody()
            )

    def _body_limit(self, scope: Scope) -> int:
        kind = header(scope, b"content-type") or ""
        is_upload = kind.lower().startswith("multipart/form-data")
        return self._settings.max_upload_bytes if is_upload else self._settings.max_body_bytes

    def _fault(self, scope: Scope, size: int, allowed: int | None) -> Problem | None:
        target = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
        if target > self._settings.max_target_bytes:
            return AddressTooLong()
        if size > self._settings.max_header_bytes:
            return HeadersTooLarge()
        length = None if allowed is None else header(scope, b"content-length")
        if length is None or allowed is None:
            return None
        framed_twice = (
            header_count(scope, b"content-length") > 1 or header(scope, b"transfer-encoding") is not None
        )
        if framed_twice or not (length.isascii() and length.isdigit()):
            return BadFraming()
        return TooLarge() if int(length) > allowed else None


def _counted(receive: Receive, allowed: int) -> Receive:
    size = 0
    complete = False

    async def counted() -> Message:
        nonlocal size, complete
        if complete:
            return await receive()
        try:
            async with asyncio.timeout(BODY_PIECE_WAIT_S):
                message = await receive()
        except TimeoutError as error:
            raise SlowBodyError from error
        if message["type"] == "http.request":
            size += len(message.get("body", b""))
            complete = not message.get("more_body", False)
        else:
            complete = True
        if size > allowed:
            raise RequestTooLargeError
        return message

    return counted
