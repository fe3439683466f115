"""Bad requests made from an OpenAPI operation: every input wrong in every way, one at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

JSON = "application/json"
LONG = "я" * 10_000
DEEP = "[" * 50_000 + "]" * 50_000
WORDS = (
    "", " ", "\x00", "до\x00после", "'; drop table person; --", '" or ""="', "%", "_%_", "\\", LONG, "0000-00-00",
    "2026-02-30", "9999999999999-12-31", "-1", "1e400", "NaN", "9" * 400, "../../etc/passwd", "<script>alert(1)</script>",
    "{{7*7}}", "\r\nSet-Cookie: a=b", "\u202e\ufeff", "🩺" * 50,
)  # fmt: skip
"""For anything written as text."""
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, -(10**30), 1e308, [], {}, [None], [[]], {"a": {"b": []}}, *WORDS,
)  # fmt: skip
"""For a member of a JSON document."""
WHOLE_BODIES: tuple[tuple[str, bytes, str], ...] = (
    ("nothing", b"", JSON),
    ("no JSON", b"{", JSON),
    ("a word", b'"text"', JSON),
    ("a list", b"[]", JSON),
    ("null", b"null", JSON),
    ("a number", b"1e999", JSON),
    ("not a number", b'{"a": NaN}', JSON),
    ("deep", DEEP.encode(), JSON),
    ("deep object", b'{"a":' * 30_000 + b"1" + b"}" * 30_000, JSON),
    ("no UTF-8", b'{"a": "\xff\xfe"}', JSON),
    ("half a surrogate", b'{"a": "\\ud800"}', JSON),
    ("two of a name", b'{"a": 1, "a": 2}', JSON),
    ("plain text", b"{}", "text/plain"),
    (
        "XML",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        "application/xml",
    ),
    ("form", b"a=b&a=c", "application/x-www-form-urlencoded"),
    ("unknown charset", b"{}", "application/json; charset=none"),
    ("broken type", b"{}", ";;;"),
    ("too large", b'{"a": "' + b"x" * 1_500_000 + b'"}', JSON),
)


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad request: what is wrong, where to, with what."""

    what: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    refused: bool = False
    """True when nothing but a refusal is right."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a service with the ids of things that are there."""

    method: str
    path: str
    document: dict[str, Any]
    there: dict[str, str]

    @property
    def _told(self) -> dict[str, Any]:
        found: dict[str, Any] = self.document["paths"][self.path][self.method.lower()]
        return found

    def address(self, **values: str) -> str:
        """The path with its parameters filled in: those given, else those of things that are there."""
        path = self.path
        for name in self._names("path"):
            value = values.get(name, self.there.get(name, "01890a5d-ac96-774b-bcce-b302099a8057"))
            path = path.replace("{" + name + "}", quote(value, safe=""))
        return path

    def requests(self) -> Iterator[Bad]:
        """Every bad request; those that would do something to things that are there are left to their own tests."""
        example = self._example()
        sent = {} if example is None else {"Content-Type": JSON}
        body = None if example is None else json.dumps(example).encode()
        for name in self._names("path"):
            for word in WORDS:
                if word and not word.isspace() and "/" not in word and "\\" not in word:
                    yield Bad(f"{name}={word[:20]!r}", self.address(**{name: word}), body, sent, refused=True)
        for name in self._names("query"):
            for word in WORDS:
                yield Bad(f"?{name}={word[:20]!r}", f"{self.address()}?{name}={quote(word)}", body, sent)
        for name in self._names("header"):
            for word in ("", '"', "*", 'W/"x"', "9" * 400, "x" * 5000, "'; --", "-1", '"1", "2"'):
                yield Bad(f"{name}: {word[:20]!r}", self.address(), body, sent | {name: word})
        if self._json_schema() is not None:
            yield from self._bodies(example)
        elif self._told.get("requestBody"):
            yield from self._files()

    def _bodies(self, example: dict[str, Any] | None) -> Iterator[Bad]:
        required = bool(self._told["requestBody"].get("required"))
        for what, body, kind in WHOLE_BODIES:
            refused = required and what not in {"two of a name", "unknown charset"}
            yield Bad(what, self.address(), body, {"Content-Type": kind}, refused=refused)
        if example is None:
            return
        schema = self._resolved(self._json_schema() or {})
        for name in schema.get("required", ()):
            rest = {key: value for key, value in example.items() if key != name}
            yield self._with(f"no {name}", rest, refused=True)
        for name in schema.get("properties", {}):
            for value in VALUES:
                yield self._with(f"{name}: {str(value)[:20]!r}", example | {name: value})
        yield self._with("something more", example | {"role": "admin", "__class__": "x"})

    def _files(self) -> Iterator[Bad]:
        (kind,) = self._told["requestBody"]["content"]
        for what, body in (
            ("nothing", b""), ("zeros", b"\x00" * 1000), ("no UTF-8", b"\xff\xfe\x00a;b\n"), ("one long line", b"a" * 300_000),
            ("only separators", b";" * 5000), ("an open quote", b'"a;b\n1;2\n' * 50), ("formulas", b"=cmd|' /C calc'!A0;1\n"),
            ("too large", b"a;b\n" * 400_000), ("JSON", b"{}"),
        ):  # fmt: skip
            yield Bad(what, self.address(), body, {"Content-Type": kind})
        yield Bad("another type", self.address(), b"{}", {"Content-Type": JSON})

    def _with(self, what: str, body: dict[str, Any], *, refused: bool = False) -> Bad:
        return Bad(what, self.address(), json.dumps(body).encode(), {"Content-Type": JSON}, refused)

    def _names(self, place: str) -> list[str]:
        return [item["name"] for item in self._told.get("parameters", ()) if item["in"] == place]

    def _json_schema(self) -> dict[str, Any] | None:
        content = self._told.get("requestBody", {}).get("content", {})
        found: dict[str, Any] | None = content.get(JSON, {}).get("schema")
        return found

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "anyOf" in schema:
            schema = next((item for item in schema["anyOf"] if item.get("type") != "null"), schema)
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        found: dict[str, Any] = self.document["components"]["schemas"][reference.rpartition("/")[2]]
        return found

    def _example(self) -> dict[str, Any] | None:
        """A body that fits the schema, or None when there is no JSON body."""
        schema = self._json_schema()
        if schema is None:
            return None
        found: dict[str, Any] = self._value(self._resolved(schema))
        return found

    def _value(self, schema: dict[str, Any]) -> Any:
        schema = self._resolved(schema)
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "object":
            required = set(schema.get("required", ()))
            return {
                name: self._value(item)
                for name, item in schema.get("properties", {}).items()
                if name in required
            }
        if kind == "array":
            return [self._value(schema.get("items", {}))] if schema.get("minItems") else []
        return _SCALARS.get(str(schema.get("format")), _SCALARS.get(str(kind), "строка"))


_SCALARS: dict[str, Any] = {
    "uuid": "01890a5d-ac96-774b-bcce-b302099a8057",
    "date": "2026-06-01",
    "date-time": "2026-06-01T10:00:00Z",
    "integer": 1,
    "number": 1,
    "boolean": True,
}
