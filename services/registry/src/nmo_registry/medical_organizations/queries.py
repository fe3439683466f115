"""Reading medical organisations: name and region, nothing of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from nmo_kit.db import ReadSession, fetch
from nmo_registry.reference_books.rules import beginnings
from nmo_registry.specialists.tables import EMPLOYER_WORDS

_SHOWN: Final = "select organization_id, name, short_name, region_name from employer"
_NAMED: Final = f"{_SHOWN} where organization_id = any($1) order by name, oid"
_FOUND: Final = f"""
{_SHOWN}
where {EMPLOYER_WORDS} @@ to_tsquery('simple', $1) and organization_id is not null
order by starts_with(lower(translate(short_name, 'ёЁ', 'еЕ')), $2) desc, length(short_name), short_name, oid
limit $3
"""


async def named(session: ReadSession, ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Those of these organisations that the register knows."""
    return list(await fetch(session, _NAMED, (list(ids),)))


async def found(session: ReadSession, words: Sequence[str], *, limit: int) -> list[Mapping[str, Any]]:
    """Organisations whose names have a word beginning with each of `words` (lower case, е for ё), the best first."""
    if not words:
        return []
    return list(await fetch(session, _FOUND, (beginnings(words), " ".join(words), limit)))
