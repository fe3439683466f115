"""Route of the person's journal."""

from __future__ import annotations

from nmo_applications.journal.rules import KINDS, PURPOSES, TITLES
from nmo_kit.own_journal import JournalWords, journal_router

router = journal_router(
    "/api/v1/applications/journal", "applications.journal.read", JournalWords(TITLES, KINDS, PURPOSES)
)
