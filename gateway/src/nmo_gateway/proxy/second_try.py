"""What is kept of a request and of its refusal, so that it can be sent once more with another token."""

from collections.abc import Awaitable
from typing import Final

from nmo_gateway.asgi import Message, Receive, Scope, Send, has_body

MAX_KEPT_BYTES: Final = 256 * 1024
"""As much as services take in a body of fields; a longer one is a file, which its sender sends again."""
UNAUTHORIZED: Final = 401
REFUSED_TOKEN: Final = b'error="invalid_token"'


class KeptBody:
    """A request's body on its way up, remembered as far as it is short."""

    __slots__ = ("_bytes", "_is_begun", "_is_given", "_receive", "_scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._scope = scope
        self._bytes: bytes | None = b""
        self._is_begun = self._is_given = False

    async def receive(self) -> Message:
        """The next message, as it comes."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._is_begun = True
            piece = message.get("body", b"")
            if self._bytes is not None:
                short = len(self._bytes) + len(piece) <= MAX_KEPT_BYTES
                self._bytes = self._bytes + piece if short else None
            self._is_given = not message.get("more_body", False)
        return message

    @property
    def is_whole(self) -> bool:
        """Whether all of it can be sent again."""
        return self._bytes is not None and (self._is_given or not (self._is_begun or has_body(self._scope)))

    async def again(self) -> Message:
        """The same messages once more, then whatever comes after them."""
        if self._is_given:
            self._is_given = False
            return {"type": "http.request", "body": self._bytes, "more_body": False}
        return await self._receive()


class KeptRefusal:
    """Lets an answer through, but holds one that refuses the token."""

    __slots__ = ("_kept", "_send")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._kept: list[Message] = []

    def __call__(self, message: Message) -> Awaitable[None]:
        """Take one message of the answer."""
        if self._kept or (message.get("status") == UNAUTHORIZED and _refuses_token(message)):
            return self._keep(message)
        return self._send(message)

    async def _keep(self, message: Message) -> None:
        self._kept.append(message)

    @property
    def is_kept(self) -> bool:
        """Whether the token was refused."""
        return bool(self._kept)

    async def give(self) -> None:
        """Let go what is held."""
        for message in self._kept:
            await self._send(message)
        self._kept.clear()


def _refuses_token(message: Message) -> bool:
    return any(
        name.lower() == b"www-authenticate" and REFUSED_TOKEN in value for name, value in message["headers"]
    )
