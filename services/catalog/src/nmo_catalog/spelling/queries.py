"""Reads of known words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text

from nmo_catalog.spelling.rules import MIN_LENGTH, nearest
from nmo_kit.db import ReadSession

CANDIDATES: Final = 12
_KNOWN = text(
    "select exists (select from search_word where word like :beginning)"
    " or exists (select from element where status = 'published' and tsv @@ to_tsquery('russian', :lexeme))"
)
_NEAR = text(
    "select word, documents from search_word where word % :word"
    " order by similarity(word, :word) desc, documents desc, word limit :limit"
)
_STALE = text(
    "select coalesce((select max(updated_at) from element) > (select counted_at from search_word_state), true)"
)


async def corrected(session: ReadSession, words: Sequence[str]) -> list[str] | None:
    """The same words with the unknown ones replaced by the nearest known; None if nothing could be mended."""
    mended = [await _mend(session, word) for word in words]
    return mended if mended != list(words) else None


async def _mend(session: ReadSession, word: str) -> str:
    if len(word) < MIN_LENGTH:
        return word
    if (await session.execute(_KNOWN, {"beginning": f"{word}%", "lexeme": f"'{word}'"})).scalar_one():
        return word
    rows = await session.execute(_NEAR, {"word": word, "limit": CANDIDATES})
    return nearest(word, [(known, documents) for known, documents in rows]) or word


async def words_are_stale(session: ReadSession) -> bool:
    """True when elements changed after the words were last counted, or they never were."""
    stale: bool = (await session.execute(_STALE)).scalar_one()
    return stale
