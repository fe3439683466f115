"""Routes of the person's journal."""

from __future__ import annotations

from nmo_identity.journal.rules import KINDS, PURPOSES, TITLES, detail
from nmo_identity.sessions.errors import StepUpRequired
from nmo_identity.sessions.step_up import require_recent
from nmo_kit import clock, journal
from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.db import WriteDep
from nmo_kit.errors import problems
from nmo_kit.own_journal import JournalWords, journal_router

router = journal_router(
    "/api/v1/me/journal", "identity.me.journal.read", JournalWords(TITLES, KINDS, PURPOSES, detail)
)


@router.post("/api/v1/me/journal/exports", status_code=204, responses=problems(StepUpRequired))
@action("identity.me.journal.export")
async def note_export(session: WriteDep, principal: CurrentPrincipal) -> None:
    """Note that the person takes their journal away as a file; asks for a fresh sign-in, as every export does (P23)."""
    require_recent(principal, clock.now())
    await journal.record(
        session,
        actor=principal,
        action="journal.exported",
        object_=f"person/{principal.person_id}",
        person_id=principal.person_id,
    )
