"""A search that, having found nothing, tries what was probably meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nmo_catalog.search.cursor import Place
from nmo_catalog.search.queries import Found, capped_count, search_page
from nmo_catalog.search.rules import COUNT_CAP, Criteria, Position, words_of
from nmo_catalog.spelling.queries import corrected
from nmo_catalog.spelling.rules import in_cyrillic_layout
from nmo_kit.db import ReadSession


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of a page and one more if there is a next page, the capped total, the words used instead."""

    found: Sequence[Found]
    total: int
    suggestion: str | None

    def place_after(self, position: Position) -> Place:
        """Start of the next page."""
        return Place(position, self.total, self.suggestion)


async def search_corrected(
    session: ReadSession, criteria: Criteria, place: Place | None, *, typed: str, limit: int
) -> Answer:
    """One page; an empty first page is searched again with the words mended (CAT-02).

    Args:
        session: read session.
        criteria: filters with the words as typed.
        place: start of the page, None for the first.
        typed: the query as typed, for the wrong keyboard layout.
        limit: size of the page; one row more is read.
    """
    if place is not None:
        if place.suggestion is not None:
            criteria = replace(criteria, words=words_of(place.suggestion))
        few = place.total < COUNT_CAP
        found = await search_page(session, criteria, place.position, limit=limit + 1, few=few)
        return Answer(found, place.total, place.suggestion)
    answer = await _first_page(session, criteria, None, limit)
    if answer.found or not criteria.words:
        return answer
    meant = await _meant(session, typed, criteria.words)
    if meant is None:
        return answer
    retried = await _first_page(session, replace(criteria, words=words_of(meant)), meant, limit)
    return retried if retried.found else answer


async def _first_page(session: ReadSession, criteria: Criteria, suggestion: str | None, limit: int) -> Answer:
    total = await capped_count(session, criteria)
    found = (
        await search_page(session, criteria, None, limit=limit + 1, few=total < COUNT_CAP) if total else []
    )
    return Answer(found, total, suggestion)


async def _meant(session: ReadSession, typed: str, words: Sequence[str]) -> str | None:
    switched = in_cyrillic_layout(typed)
    if switched is not None:
        russian = words_of(switched)
        return " ".join(await corrected(session, russian) or russian) or None
    mended = await corrected(session, words)
    return " ".join(mended) if mended else None
