"""`permissions` of version 2: what a system asks a person to allow, as base64url of a JSON array."""

import base64
import binascii
import json
from typing import Any

from nmo_sandbox.esia.errors import EsiaRefusalError

_LONGEST_MINUTES = 60 * 24 * 366 * 5
_LISTS = ("purposes", "scopes", "actions")


def read_permissions(text: str) -> tuple[dict[str, Any], ...]:
    """Read the parameter; an absent one and an empty list ask for nothing.

    Raises:
        EsiaRefusalError: 036700 for what cannot be read, 036701 for an absent field, 036702 for a term out of range.
            Names of scopes are not looked up: those of the digital profile are many and published elsewhere.
    """
    if not text:
        return ()
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as wrong:
        raise EsiaRefusalError("036700") from wrong
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise EsiaRefusalError("036700", detail="an array of objects is expected")
    for item in found:
        _check(item)
    return tuple(found)


def _check(item: dict[str, Any]) -> None:
    if not isinstance(item.get("sysname"), str) or not item["sysname"]:
        raise EsiaRefusalError("036701", detail="sysname")
    for name in _LISTS:
        listed = item.get(name)
        if not isinstance(listed, list) or not listed:
            raise EsiaRefusalError("036701", detail=name)
        if not all(isinstance(entry, dict) and isinstance(entry.get("sysname"), str) for entry in listed):
            raise EsiaRefusalError("036701", detail=f"{name}.sysname")
    expire = item.get("expire")
    if isinstance(expire, bool) or not isinstance(expire, int):
        raise EsiaRefusalError("036701", detail="expire")
    if not 0 < expire <= _LONGEST_MINUTES:
        raise EsiaRefusalError("036702", detail="expire")
