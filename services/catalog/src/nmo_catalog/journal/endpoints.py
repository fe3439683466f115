"""Route of the person's journal."""

from __future__ import annotations

from nmo_catalog.journal.rules import KINDS, TITLES
from nmo_kit.own_journal import JournalWords, journal_router

router = journal_router("/api/v1/catalog/journal", "catalog.journal.read", JournalWords(TITLES, KINDS))
