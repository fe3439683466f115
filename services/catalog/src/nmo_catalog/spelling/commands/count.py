"""Counting of the catalogue's words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from nmo_catalog.spelling.rules import MIN_LENGTH
from nmo_kit.db import WriteSession

# `simple` keeps the words as written, so that a suggestion reads like Russian and not like a stem.
_COUNT = text(
    """
    with counted as (
        select word, ndoc as documents
        from ts_stat($$ select to_tsvector('simple', translate(lower(title || ' ' || about), 'ё', 'е'))
                        from element where status = 'published' $$)
        where length(word) between :shortest and 40 and word ~ '^[а-яa-z]+$'
    ), gone as (
        delete from search_word w where not exists (select from counted c where c.word = w.word)
    )
    insert into search_word (word, documents) select word, documents from counted
    on conflict (word) do update set documents = excluded.documents
    where search_word.documents <> excluded.documents
    """
)
_MARK = text(
    "insert into search_word_state (only_row, counted_at) values (true, :at)"
    " on conflict (only_row) do update set counted_at = excluded.counted_at"
)


async def count_words(session: WriteSession, *, at: datetime) -> None:
    """Bring the list of words to the state of the published cards.

    Two runs at once wait for each other. Reads the whole table: a job, not a part of a request.
    """
    # Two hundred thousand cards take longer than any request may.
    await session.execute(text("set local statement_timeout = '10min'"))
    await session.execute(text("set local lock_timeout = '10min'"))
    await session.execute(text("select pg_advisory_xact_lock(hashtext('catalog.words'))"))
    await session.execute(_COUNT, {"shortest": MIN_LENGTH})
    await session.execute(_MARK, {"at": at})
