"""Versions of cycles as entity tags."""

from typing import Annotated

from fastapi import Depends, Header

from nmo_cycles.cycles.errors import StaleVersion


def etag(version: int) -> str:
    """`"7"` for the `ETag` header."""
    return f'"{version}"'


async def _expected(if_match: Annotated[str | None, Header(max_length=100)] = None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise StaleVersion
    return int(text)


ExpectedVersion = Annotated[int | None, Depends(_expected)]
"""Version that `If-Match` demands, None without the header."""
