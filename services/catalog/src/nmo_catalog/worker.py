"""Recurring jobs of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from nmo_catalog.spelling.commands.count import count_words
from nmo_catalog.spelling.queries import words_are_stale
from nmo_kit import clock
from nmo_kit.app import Runtime
from nmo_kit.messaging.worker import Timer


def timers(runtime: Runtime) -> Sequence[Timer]:
    """The words for spelling correction are counted again after elements changed."""

    async def refresh_words() -> None:
        async with runtime.db.read() as session:
            stale = await words_are_stale(session)
        if stale:
            async with runtime.db.write() as session:
                await count_words(session, at=clock.now())

    return [Timer(seconds=runtime.settings.words_interval_s, run=refresh_words, name="refresh_words")]
