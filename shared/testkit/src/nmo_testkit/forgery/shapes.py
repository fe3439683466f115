"""Tokens that are not of the one shape: segments, base64, JSON, size, letters."""

from __future__ import annotations

import json
from collections.abc import Callable

from nmo_testkit.forgery.forger import Forger, b64, unb64

LONG, HUGE = 9_000, 10_500
DEEP = 1_400


def _with_part(forger: Forger, place: int, change: Callable[[str], str]) -> str:
    parts = list(forger.parts)
    parts[place] = change(parts[place])
    return ".".join(parts)


def _loose_end(text: str) -> str:
    """The same bytes in another spelling: bits that no byte needs are set."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = {2: 4, 3: 2}[len(text) % 4]
    return text[:-1] + letters[letters.index(text[-1]) | (spare // 2)]


def _loose_claims(forger: Forger) -> str:
    """Claims whose base64 has spare bits, signed in the canonical spelling and sent in the other."""
    claims = forger.claims
    body = json.dumps(claims)
    while len(body) % 3 == 0:
        body += " "
    header, payload, signed = forger.signed(body.encode()).split(".")
    return f"{header}.{_loose_end(payload)}.{signed}"


def _flattened(forger: Forger, name: str) -> str:
    header, claims, signed = forger.parts
    one = {"protected": header, "signature": signed}
    document = {"payload": claims, **(one if name == "flattened" else {"signatures": [one]})}
    return json.dumps(document)


def _encrypted(forger: Forger) -> str:
    header = b64(json.dumps({"alg": "dir", "enc": "A256GCM", "kid": forger.header["kid"]}))
    return f"{header}..{b64(bytes(12))}.{forger.parts[1]}.{b64(bytes(16))}"


SHAPES: dict[str, Callable[[Forger], str]] = {
    "one segment": lambda f: f.parts[1],
    "two segments": lambda f: ".".join(f.parts[:2]),
    "four segments": lambda f: f.token + "." + f.parts[2],
    "a dot before": lambda f: "." + f.token,
    "a dot after": lambda f: f.token + ".",
    "dots only": lambda _: "..",
    "no header": lambda f: f".{f.parts[1]}.{f.parts[2]}",
    "no claims": lambda f: f"{f.parts[0]}..{f.parts[2]}",
    "segments in another order": lambda f: ".".join(reversed(f.parts)),
    "twice": lambda f: f"{f.token},{f.token}",
    "two tokens by a space": lambda f: f"{f.token} {f.token}",
    "in quotes": lambda f: f'"{f.token}"',
    "a space inside": lambda f: f.token.replace(".", ". ", 1),
    "dots percent-encoded": lambda f: f.token.replace(".", "%2E"),
    "not base64": lambda f: _with_part(f, 1, lambda text: "*" + text[1:]),
    "header padded": lambda f: _with_part(f, 0, lambda text: text + "="),
    "claims padded": lambda f: _with_part(f, 1, lambda text: text + "=="),
    "signature padded": lambda f: _with_part(f, 2, lambda text: text + "=="),
    "signature of spare bits": lambda f: _with_part(f, 2, _loose_end),
    "claims of spare bits": _loose_claims,
    "claims with a comment": lambda f: _with_part(f, 1, lambda text: text + "/*x*/"),
    "signature with a trailing byte": lambda f: f.resigned(unb64(f.parts[2]) + b"\0"),
    "claims with a trailing byte": lambda f: _with_part(f, 1, lambda text: b64(unb64(text) + b"\0")),
    "header with a trailing byte": lambda f: _with_part(f, 0, lambda text: b64(unb64(text) + b"\0")),
    "JSON flattened": lambda f: _flattened(f, "flattened"),
    "JSON general": lambda f: _flattened(f, "general"),
    "encrypted": _encrypted,
    "a token in a token": lambda f: f.signed(f.token.encode()),
    "a token in a token, said so": lambda f: f.signed(f.token.encode(), {**f.header, "cty": "JWT"}),
    "cyrillic letter": lambda f: f.token.replace("e", "е", 1),
    "full-width digit": lambda f: f.token + "\uff11",
    "zero-width space": lambda f: f.token[:9] + "\u200b" + f.token[9:],
    "byte order mark": lambda f: "\ufeff" + f.token,
    "long": lambda f: f.with_claims(pad="x" * LONG),
    "nearly too long for a header": lambda f: f.with_claims(pad="x" * HUGE),
    "claims of no JSON": lambda f: f.signed(b"nope"),
    "claims empty": lambda f: f.signed(b" "),
    "claims a list": lambda f: f.signed(json.dumps([f.claims]).encode()),
    "claims a text": lambda f: f.signed(b'"admin"'),
    "claims a number": lambda f: f.signed(b"1"),
    "claims null": lambda f: f.signed(b"null"),
    "claims of two documents": lambda f: f.signed(json.dumps(f.claims).encode() + b"{}"),
    "claims with a byte order mark": lambda f: f.signed(b"\xef\xbb\xbf" + json.dumps(f.claims).encode()),
    "claims in UTF-16": lambda f: f.signed(json.dumps(f.claims).encode("utf-16")),
    "claims of broken UTF-8": lambda f: f.signed(json.dumps(f.claims)[:-1].encode() + b', "x": "\xff"}'),
    "claims nested deep": lambda f: f.claims_plus('"x": ' + "[" * DEEP + "]" * DEEP),
    "header nested deep": lambda f: f.header_plus('"x": ' + "[" * DEEP + "]" * DEEP),
    "claims of a huge number": lambda f: f.claims_plus('"x": ' + "9" * 5_000),
    "header of no JSON": lambda f: f.signed(header=b"nope"),
    "header a list": lambda f: f.signed(header=json.dumps([f.header]).encode()),
    "header null": lambda f: f.signed(header=b"null"),
    "header in UTF-16": lambda f: f.signed(header=json.dumps(f.header).encode("utf-16")),
    "header with a byte order mark": lambda f: f.signed(
        header=b"\xef\xbb\xbf" + json.dumps(f.header).encode()
    ),
}
