"""Cycles whose document left the register find the one that came in its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from nmo_cycles.cycles import queries
from nmo_cycles.cycles.commands.follow import stand_on
from nmo_cycles.cycles.rules import same_exam
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.documents.queries import shown_unused
from nmo_cycles.documents.tables import RegistryDocumentCopy
from nmo_cycles.reference.queries import successors
from nmo_kit.db import WriteSession
from nmo_kit.messaging import Envelope


async def restand(session: WriteSession, specialist_id: UUID, *, causation: Envelope) -> None:
    """Move each cycle of the specialist that is left without its document to the same one under another number.

    The register gives a document anew now and then: same specialty, or one that it became, exams within a month. Without
    this the cycle would stay marked, and the new document could open no other, since the years are taken. Writes the
    journal for each cycle; tells `cycles.cycle.document_found` of one whose loss was told.
    """
    await session.flush()
    left = await queries.cycles_left_behind(session, specialist_id)
    if not left:
        return
    shown = list(await shown_unused(session, specialist_id))
    became = await successors(session, [cycle.specialty_key for cycle in left])
    for cycle in left:
        found = _nearest(cycle, shown, became.get(cycle.specialty_key, ()))
        if found is not None:
            shown.remove(found)
            await stand_on(session, cycle, found, causation=causation)


def _nearest(
    cycle: Cycle, shown: Iterable[RegistryDocumentCopy], became: Sequence[str]
) -> RegistryDocumentCopy | None:
    """The same document: of the specialty itself before one of what it became, the nearest exam first."""
    fitting = [
        copy
        for copy in shown
        if copy.specialty_key in {cycle.specialty_key, *became}
        and same_exam(copy.exam_on, cycle.document_exam_on)
    ]
    return min(
        fitting,
        key=lambda copy: (
            copy.specialty_key != cycle.specialty_key,
            abs(copy.exam_on - cycle.document_exam_on),
        ),
        default=None,
    )
