"""Whether a changed contract still serves those who read the published one (PAR-04, events 1.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
_SAME = ("type", "format", "pattern", "const", "$ref")


def breaking_changes(published: Schema, present: Schema) -> list[str]:
    """What a reader of the published schema would stumble over in events of the present one.

    Within a major version only optional fields may be added: nothing removed, renamed, retyped, made optional or
    given more values.
    """
    return list(_compare("", published, present))


def _compare(path: str, old: Schema, new: Schema) -> Iterator[str]:
    for key in _SAME:
        if old.get(key) != new.get(key):
            yield f"{path or '/'}: {key} was {old.get(key)!r}, is {new.get(key)!r}"
    if ("enum" in old and set(new.get("enum", ())) - set(old["enum"])) or ("enum" in old) != ("enum" in new):
        yield f"{path or '/'}: other values than the published ones are possible"
    yield from (f"{path}/{name}: no longer always there" for name in _lost(old, new, "required"))
    for name, schema in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{path}/{name}: removed"
        else:
            yield from _compare(f"{path}/{name}", schema, new["properties"][name])
    for key in ("items", "additionalProperties"):
        if isinstance(old.get(key), Mapping):
            found = new.get(key)
            yield from _compare(f"{path}/{key}", old[key], found if isinstance(found, Mapping) else {})
    yield from _alternatives(path, old, new)
    for name, schema in old.get("$defs", {}).items():
        if name in new.get("$defs", {}):
            yield from _compare(f"{path}/$defs/{name}", schema, new["$defs"][name])


def _lost(old: Schema, new: Schema, key: str) -> list[str]:
    return sorted(set(old.get(key, ())) - set(new.get(key, ())))


def _alternatives(path: str, old: Schema, new: Schema) -> Iterator[str]:
    """A value that may be of several kinds may not become of more kinds."""
    before, after = old.get("anyOf"), new.get("anyOf")
    if before is None and after is None:
        return
    known = list(before or ())
    if before is None or any(alternative not in known for alternative in after or ()):
        yield f"{path or '/'}: may be of more kinds than published"
