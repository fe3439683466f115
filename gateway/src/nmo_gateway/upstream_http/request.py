"""A request as it goes out."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

RawFields = Iterable[tuple[bytes, bytes]]
Body = bytes | AsyncGenerator[bytes, None] | None
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
BLANK: Final = ord(" ")
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


@dataclass(slots=True)
class Request:
    """Method, target and fields are checked when the head is built: nothing in them can begin another line.

    Attributes:
        target: encoded path with query.
        fields: header fields in lower case, without ``host`` and without framing of a body given as bytes.
        body: whole, or piece by piece; ``length`` then tells its size if it is known.
    """

    method: str
    target: bytes
    fields: list[tuple[bytes, bytes]]
    body: Body = None
    length: int | None = None

    @classmethod
    def of(cls, method: str, target: str, headers: Mapping[str, str], body: Body = None) -> Self:
        """Make one from text."""
        fields = [(name.lower().encode("latin-1"), value.encode()) for name, value in headers.items()]
        return cls(method, target.encode(), fields, body)

    @property
    def streamed(self) -> bool:
        """Whether the body comes piece by piece."""
        return self.body is not None and not isinstance(self.body, bytes)

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again when nobody knows if the first one arrived."""
        return self.method in IDEMPOTENT and not self.streamed

    @property
    def chunked(self) -> bool:
        """Whether the body goes out in chunks, for its size is not known."""
        return self.streamed and self.length is None

    def head(self, host: bytes, prefix: bytes) -> bytes:
        """Request line and fields, with the body when it is at hand.

        Raises:
            ValueError: a part of it would change the request's form.
        """
        target = prefix + self.target
        # As a number: see `is_plain`.
        if not target.startswith(b"/") or BLANK in target:
            raise ValueError("target")
        parts = [self.method.encode("ascii"), b" ", target, b" HTTP/1.1\r\nhost: ", host, b"\r\n"]
        for name, value in self.fields:
            parts += (name, b": ", value, b"\r\n")
        lines = len(self.fields) + 3
        framing = self._framing()
        if framing:
            parts.append(framing)
            lines += 1
        parts.append(b"\r\n")
        head = b"".join(parts)
        if head.count(b"\n") != lines or head.count(b"\r") != lines:
            raise ValueError("line break in a field")
        return head + self.body if isinstance(self.body, bytes) else head

    def _framing(self) -> bytes:
        if isinstance(self.body, bytes):
            return b"content-length: %d\r\n" % len(self.body)
        if self.chunked:
            return b"transfer-encoding: chunked\r\n"
        if self.body is not None:
            return b"content-length: %d\r\n" % (self.length or 0)
        return b"content-length: 0\r\n" if self.method in WITH_BODY else b""
