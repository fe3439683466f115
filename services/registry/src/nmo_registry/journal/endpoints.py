"""Route of the person's journal."""

from __future__ import annotations

from nmo_kit.own_journal import JournalWords, journal_router
from nmo_registry.journal.rules import KINDS, PURPOSES, TITLES

router = journal_router(
    "/api/v1/register/journal", "registry.journal.read", JournalWords(TITLES, KINDS, PURPOSES)
)
