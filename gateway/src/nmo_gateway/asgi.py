"""Small words for plain ASGI: types, header access, whole answers."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
"""A layer or a wrapper of ``send`` with nothing to await itself is a plain function that hands on what the next one
returns: a coroutine less, which every message and every waking of the request would have to go through."""
RawHeaders = list[tuple[bytes, bytes]]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def header(scope: Scope, name: bytes) -> str | None:
    """Value of the first header field of that lower-case name."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value).decode("latin-1")
    return None


def raw_header(scope: Scope, name: bytes) -> bytes | None:
    """The same as it came."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


def has_body(scope: Scope) -> bool:
    """Whether the request says that a body follows."""
    for name, value in scope["headers"]:
        if name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
            return True
    return False


def header_count(scope: Scope, name: bytes) -> int:
    """How many fields of that name came."""
    return sum(1 for key, _ in scope["headers"] if key == name)


async def answer(send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes = b"") -> None:
    """Send a whole answer."""
    fields = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def redirect(send: Send, location: str, extra: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """303 See Other."""
    await answer(send, 303, [(b"location", location.encode("ascii")), *extra])
