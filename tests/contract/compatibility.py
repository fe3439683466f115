"""What may change in a published schema within one major version, and what may not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
KEYWORDS = ("type", "format", "const", "pattern", "minimum", "maximum", "minLength", "maxLength")
"""What a value must be like: readers rely on it, so it stays as it is."""


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """What readers and writers of `old` could not bear in `new`, each as a path and a few words.

    A producer may add optional properties. It may not remove, retype or require one, nor send other values.
    """
    return list(_object(old, new, old, new, ""))


def _object(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in before:
        if name not in after:
            yield f"{path}/{name}: removed"
        else:
            yield from _value(before[name], after[name], old_root, new_root, f"{path}/{name}")
    for name in sorted(required_after - required_before):
        yield f"{path}/{name}: required now"
    for name in sorted(required_before - required_after):
        if name in after:
            yield f"{path}/{name}: no longer always there"


def _value(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    for keyword in KEYWORDS:
        if old.get(keyword) != new.get(keyword):
            yield f"{path}: {keyword} {old.get(keyword)!r} became {new.get(keyword)!r}"
    if old.get("enum") != new.get("enum") and set(old.get("enum") or ()) != set(new.get("enum") or ()):
        yield f"{path}: values {old.get('enum')} became {new.get('enum')}"
    yield from _alternatives(old, new, old_root, new_root, path)
    for keyword in ("items", "additionalProperties"):
        if isinstance(old.get(keyword), dict) and isinstance(new.get(keyword), dict):
            yield from _value(old[keyword], new[keyword], old_root, new_root, f"{path}/{keyword}")
        elif isinstance(old.get(keyword), dict) != isinstance(new.get(keyword), dict):
            yield f"{path}: {keyword} changed"
    if "properties" in old or "properties" in new:
        yield from _object(old, new, old_root, new_root, path)


def _alternatives(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    before, after = old.get("anyOf", []), new.get("anyOf", [])
    if len(before) != len(after):
        yield f"{path}: {len(before)} alternatives became {len(after)}"
        return
    for number, (left, right) in enumerate(zip(before, after, strict=True)):
        yield from _value(left, right, old_root, new_root, f"{path}/anyOf/{number}")


def _resolved(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)
