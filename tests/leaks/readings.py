"""Every text that some bytes may be read as: encodings, escapes, base64, one inside the other."""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import re
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote_to_bytes

DEPTH = 3
"""An escape in a base64 in an escape is as deep as it goes."""
_OTHER_ENCODINGS = ("cp1251", "koi8-r", "cp866")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*={0,2}")
_HEX = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{2}){8,}(?![0-9a-fA-F])")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_QUOTED = re.compile(r"(?:=[0-9A-F]{2})+")
_UNICODE = re.compile(r"(?:\\+u[0-9a-fA-F]{4})+")
_BYTES = re.compile(r"(?:\\+x[0-9a-fA-F]{2})+")
_OCTAL = re.compile(r"(?:\\[0-3][0-7]{2})+")
_ODD_SHARE = 0.1
_ODD = re.compile(r"[^\r\n\t\x20-\x7e\u00a0-\uffef]")
_FOREIGN_ODD = re.compile(r"[^\r\n\t\x20-\x7eа-яёА-ЯЁ\u00a0«»№–—•]")
_ALL_HEX = re.compile(r"[0-9a-f-]+|[0-9A-F-]+")


def readings(content: bytes | str) -> Iterator[tuple[str, str]]:
    """Each reading with its name: ``as is``, ``utf-16``, ``as is > base64``."""
    seen: set[str] = set()
    queue = [(name, text, 0) for name, text in _first(content)]
    while queue:
        name, text, depth = queue.pop(0)
        if text in seen:
            continue
        seen.add(text)
        yield name, text
        if depth < DEPTH:
            queue += [(f"{name} > {how}", inner, depth + 1) for how, inner in _inner(text)]


def _first(content: bytes | str) -> Iterator[tuple[str, str]]:
    if isinstance(content, str):
        yield "as is", content
        return
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    yield "as is", content.decode("utf-8", "replace")
    yield from _foreign(content)


def _foreign(content: bytes) -> Iterator[tuple[str, str]]:
    """Readings of bytes that are not UTF-8."""
    if b"\0" in content or b"\x04" in content:
        for name in ("utf-16-le", "utf-16-be"):
            for start in (0, 1):
                yield name, content[start:].decode(name, "replace")
    if _utf8(content) is None:
        for name in _OTHER_ENCODINGS:
            yield name, content.decode(name, "replace")


def _inner(text: str) -> Iterator[tuple[str, str]]:
    for how, sign, decode in _IN_PLACE:
        if sign in text:
            yield how, decode(text)
    for how, pattern, unpack in (("base64", _BASE64, _from_base64), ("hex", _HEX, bytes.fromhex)):
        pieces: list[str] = []
        for match in pattern.finditer(text):
            # Ids are all hexadecimal; as base64 they say nothing.
            if how == "hex" or not _ALL_HEX.fullmatch(match[0]):
                pieces += _unpacked(unpack, match[0])
        if pieces:
            yield how, "\n".join(pieces)


@lru_cache(maxsize=200_000)
def _unpacked(unpack: Callable[[str], bytes], text: str) -> tuple[str, ...]:
    """Texts in a packed one; the same stands in every reading of a place, and often in many places."""
    return tuple(_texts(unpack(text)))


def _from_base64(text: str) -> bytes:
    body = re.sub(r"[\r\n=]", "", text).translate(str.maketrans("-_", "+/"))
    body = body[: len(body) - 1] if len(body) % 4 == 1 else body
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4))
    except binascii.Error:
        return b""


def _texts(content: bytes) -> Iterator[str]:
    """What of the decoded bytes looks like text; most of what decodes is an id or a signature."""
    if content[:2] in {b"\x1f\x8b", b"\x78\x9c", b"\x78\xda"}:
        try:
            content = zlib.decompress(content, wbits=47)
        except zlib.error:
            return
    text = _utf8(content)
    if text is not None and _share(_ODD, text) <= _ODD_SHARE:
        yield text
        return
    for _, foreign in _foreign(content):
        if _share(_FOREIGN_ODD, foreign) <= _ODD_SHARE:
            yield foreign


def _share(pattern: re.Pattern[str], text: str) -> float:
    """How much of a text is made of letters that texts seldom have."""
    return len(pattern.findall(text)) / max(len(text), 1)


def _utf8(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _any(content: bytes) -> str:
    """Escaped bytes as text."""
    return _utf8(content) or content.decode("cp1251", "replace")


def _each(pattern: re.Pattern[str], unpack: Callable[[str], bytes]) -> Callable[[str], str]:
    return lambda text: pattern.sub(lambda match: _any(unpack(match[0])), text)


def _surrogates(text: str) -> str:
    """Escapes ``\\uXXXX``, two halves of a pair joined."""
    units = [int(unit, 16) for unit in re.findall(r"u([0-9a-fA-F]{4})", text)]
    return b"".join(unit.to_bytes(2, "big") for unit in units).decode("utf-16-be", "replace")


def _quoted_printable(text: str) -> str:
    joined = re.sub(r"=\r?\n", "", text)
    return _each(_QUOTED, lambda found: bytes.fromhex(found.replace("=", "")))(joined)


def _octal(text: str) -> bytes:
    places = [match.start() for match in re.finditer(r"\\", text)] + [len(text)]
    return bytes(int(text[start + 1 : end], 8) for start, end in pairwise(places))


_IN_PLACE: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("percent", "%", _each(_PERCENT, unquote_to_bytes)),
    ("json", "\\u", lambda text: _UNICODE.sub(lambda match: _surrogates(match[0]), text)),
    ("bytes", "\\x", _each(_BYTES, lambda found: bytes.fromhex(re.sub(r"[\\x]", "", found)))),
    ("octal", "\\3", _each(_OCTAL, _octal)),
    ("html", "&", html.unescape),
    ("quoted", "=", _quoted_printable),
)
