"""Opening of a cycle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from nmo_cycles.cycles import events, queries
from nmo_cycles.cycles.errors import CycleOverlaps, DocumentGone, DocumentTaken, QuestionnaireRequired
from nmo_cycles.cycles.rules import Span, section_of, span_of
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.diplomas.queries import has_ground
from nmo_cycles.documents.queries import document_for_update, own_document_for_update
from nmo_cycles.documents.rules import Document, Fault, faults_of
from nmo_cycles.documents.tables import AnyDocument
from nmo_cycles.reference.queries import Shown, specialty
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.errors import FieldError, FieldProblem, NotFound
from nmo_kit.messaging import outbox
from nmo_kit.principal import Principal


@dataclass(frozen=True, slots=True)
class Opening:
    """Who opens a cycle, when, and which organisation shall be listed first."""

    viewer: Principal
    preferred_organization_id: UUID | None
    now: datetime
    today: date


async def open_from_register(session: WriteSession, document_id: UUID, opening: Opening) -> Cycle:
    """Open a cycle on a document of the viewer, in the register or added by hand: nothing is typed (CYC-03, FRM-05).

    Tells `cycles.cycle.opened` and writes the journal. Returns the new row.

    Raises:
        NotFound: no such document of the viewer.
        DocumentGone: the register does not show it any more.
        DocumentTaken: a cycle stands on it already.
        CycleOverlaps: a running cycle of the specialty covers some of the days.
        QuestionnaireRequired: it is the first cycle, the register has no diploma and no questionnaire was filled in.
    """
    copy = await _document_of(session, document_id, opening.viewer)
    if await queries.stands_on(session, document_id, viewer=opening.viewer):
        raise DocumentTaken
    known = await specialty(session, copy.specialty_key) or Shown(copy.specialty_key, "", None, None, None)
    # The document's own words: the book may call the specialty otherwise by now.
    shown = replace(known, name=copy.specialty_name)
    return await _open(session, copy.document, shown, opening, document_id=document_id)


async def _document_of(session: WriteSession, document_id: UUID, viewer: Principal) -> AnyDocument:
    """The viewer's document, locked: the register's, or one added by hand that nobody refused."""
    copy = await document_for_update(session, document_id)
    if copy is not None and copy.specialist_id == viewer.specialist_id:
        if copy.removed_at is not None:
            raise DocumentGone
        return copy
    own = await own_document_for_update(session, document_id)
    if own is not None and own.person_id == viewer.person_id and own.opens:
        return own
    raise NotFound


async def open_typed(
    session: WriteSession, specialty_key: str, document: Document, opening: Opening
) -> Cycle:
    """Open a cycle on a typed document; its dates are computed (CYC-02).

    Tells `cycles.cycle.opened` and writes the journal. Returns the new row.

    Raises:
        FieldProblem: names each field at fault.
        CycleOverlaps: a running cycle of the specialty covers some of the days.
        QuestionnaireRequired: it is the first cycle, the register has no diploma and no questionnaire was filled in.
    """
    faults = faults_of(document, today=opening.today)
    shown = await specialty(session, specialty_key)
    if shown is None:
        faults = [Fault("", "unknown", "Выберите специальность из списка"), *faults]
    if shown is None or faults:
        raise FieldProblem([_field_error(fault) for fault in faults])
    return await _open(session, document, shown, opening, document_id=None)


async def _open(
    session: WriteSession,
    document: Document,
    shown: Shown,
    opening: Opening,
    *,
    document_id: UUID | None,
) -> Cycle:
    person_id = opening.viewer.person_id
    span = span_of(document)
    await _refuse_overlap(session, person_id, shown.key, span, today=opening.today)
    await _require_ground(session, opening.viewer)
    cycle = Cycle(
        person_id=person_id,
        specialty_key=shown.key,
        specialty_name=shown.name,
        specialty_code=shown.code,
        specialty_oid=shown.oid,
        specialty_version=shown.version,
        section=section_of(document.issued_on),
        document_id=document_id,
        document_kind=document.kind,
        document_series=document.series,
        document_number=document.number,
        document_issued_on=document.issued_on,
        document_exam_on=document.exam_on,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        preferred_organization_id=opening.preferred_organization_id,
        created_at=opening.now,
    )
    session.add(cycle)
    await outbox.add(session, events.opened(cycle), version=cycle.version)
    await journal.record(
        session,
        actor=opening.viewer,
        action="cycles.cycle.open",
        object_=f"cycle/{cycle.id}",
        person_id=person_id,
        reason="register" if document_id else "typed",
    )
    return cycle


async def _require_ground(session: WriteSession, viewer: Principal) -> None:
    """The first cycle needs a diploma in the register, or the questionnaire; later ones stand on the first."""
    if not await queries.cycles_of(session, viewer=viewer) and not await has_ground(session, viewer=viewer):
        raise QuestionnaireRequired


async def _refuse_overlap(
    session: WriteSession, person_id: UUID, key: str, span: Span, *, today: date
) -> None:
    for other in await queries.running_cycles(session, person_id, key, today=today):
        if other.span.overlaps(span):
            detail = (
                f"По специальности «{other.specialty_name}» уже открыт цикл"
                f" с {other.starts_on:%d.%m.%Y} по {other.ends_on:%d.%m.%Y}."
            )
            raise CycleOverlaps(detail, cycle_id=str(other.id))


def _field_error(fault: Fault) -> FieldError:
    pointer = f"/document/{fault.field}" if fault.field else "/specialty_key"
    return FieldError(pointer=pointer, code=fault.code, message=fault.message)
