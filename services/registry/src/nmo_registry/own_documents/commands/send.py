"""A person adds a document by hand, or corrects one that came back (FRM-04, FRM-05, FRM-06)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text, update
from sqlmodel import col

from nmo_kit.clock import MOSCOW
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.errors import FieldError, FieldProblem
from nmo_kit.messaging import outbox
from nmo_kit.principal import Principal
from nmo_registry.own_documents import events, queries
from nmo_registry.own_documents.commands.move import PERSON, keep_move, move
from nmo_registry.own_documents.errors import AlreadyInRegister, AlreadySent, TooManyOpen
from nmo_registry.own_documents.rules import (
    ADMISSION,
    MOST_OPEN,
    MOST_SCANS,
    SAME_EXAM_DAYS,
    Action,
    State,
    Typed,
    document_number,
    due,
    faults_of,
    stage_after,
)
from nmo_registry.own_documents.sealing import details_of, seal_details
from nmo_registry.own_documents.tables import OwnDocument, OwnDocumentScan

_NEXT_NUMBER = text(
    "insert into own_document_number (year, last) values (:year, 1) "
    "on conflict (year) do update set last = own_document_number.last + 1 returning last"
)
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('registry.own_document'), hashtext(:person))")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A filled form: what was typed, the scans, and the list the specialty was chosen from."""

    typed: Typed
    scan_ids: Sequence[UUID]
    book_version: str = ""


async def send_document(
    session: WriteSession, sheet: Sheet, *, by: Principal, cipher: FieldCipher
) -> OwnDocument:
    """Keep a new document «не подтверждено», with its number and term; tells `registry.document.sent`.

    Raises:
        FieldProblem: names each field at fault.
        AlreadyInRegister: the register shows it.
        AlreadySent: the person has sent it before.
        TooManyOpen: too many are under verification.
    """
    now = await queries.moment(session)
    # Two presses at once: the second one sees what the first has sent.
    await session.execute(_ONE_AT_A_TIME, {"person": by.sub})
    sheet = await _checked(session, sheet, now=now, scans_needed=True)
    known = await queries.open_of(session, by.person_id)
    await _refuse_known(session, sheet.typed, known, by=by)
    if len(known) >= MOST_OPEN:
        raise TooManyOpen
    year = now.astimezone(MOSCOW).year
    sequence: int = (await session.execute(_NEXT_NUMBER, {"year": year})).scalar_one()
    stage = stage_after(None)
    row = OwnDocument(
        number=document_number(sequence, year),
        person_id=by.person_id,
        kind=sheet.typed.kind,
        state=State.SENT,
        issued_on=now.date(),
        details_sealed=b"",
        stage=stage,
        due_at=due(await queries.terms(session), stage, now),
        created_at=now,
        updated_at=now,
    )
    await _write(session, row, sheet, by=by, cipher=cipher)
    await keep_move(session, row, Action.SEND, before=None, by=by, role=PERSON, now=now)
    await outbox.add(session, events.sent(row, details_of(cipher, row)), version=row.version)
    return row


async def resend_document(
    session: WriteSession, document_id: UUID, sheet: Sheet, *, by: Principal, cipher: FieldCipher
) -> OwnDocument:
    """Send a refused document corrected, or one with the further papers asked for; a term of its own begins.

    The kind stays. Scans are added to those that are there. Tells `registry.document.sent`.

    Raises:
        NotFound: no such document of the person.
        IllegalMove: nothing was asked for.
        FieldProblem: names each field at fault.
        AlreadyInRegister: the register shows it.
        AlreadySent: another document of the person is the same.
    """
    now = await queries.moment(session)
    await session.execute(_ONE_AT_A_TIME, {"person": by.sub})
    row = await queries.own_document(session, document_id, viewer=by, lock=True)
    if sheet.typed.kind != row.kind:
        message = "Вид документа изменить нельзя. Отзовите этот и добавьте новый"
        raise FieldProblem([FieldError(pointer="/kind", code="unchangeable", message=message)])
    stage = stage_after(State(row.state))
    row.stage, row.due_at = stage, due(await queries.terms(session), stage, now)
    await move(session, row, Action.RESEND, by=by, role=PERSON, now=now)
    sheet = await _checked(session, sheet, now=now, scans_needed=False)
    others = [other for other in await queries.open_of(session, by.person_id) if other.id != row.id]
    await _refuse_known(session, sheet.typed, others, by=by)
    if await queries.scan_count(session, document_id=row.id) + len(sheet.scan_ids) > MOST_SCANS:
        raise FieldProblem([_too_many_scans()])
    await _write(session, row, sheet, by=by, cipher=cipher)
    await outbox.add(session, events.sent(row, details_of(cipher, row)), version=row.version)
    return row


async def _checked(session: WriteSession, sheet: Sheet, *, now: datetime, scans_needed: bool) -> Sheet:
    """The sheet with the specialty's name from the list."""
    typed = sheet.typed
    faults = faults_of(typed, today=now.astimezone(MOSCOW).date())
    errors = [FieldError(pointer=f"/{item.field}", code=item.code, message=item.message) for item in faults]
    if scans_needed and not sheet.scan_ids:
        errors.append(FieldError(pointer="/scan_ids", code="required", message="Приложите скан документа"))
    if len(sheet.scan_ids) > MOST_SCANS:
        errors.append(_too_many_scans())
    version = ""
    if typed.kind in ADMISSION and typed.specialty_key:
        entry = await queries.specialty(session, typed.specialty_key)
        if entry is None:
            message = "Выберите специальность из списка"
            errors.append(FieldError(pointer="/specialty_key", code="unknown", message=message))
        else:
            typed, version = replace(typed, specialty_name=entry.name), entry.version
    if errors:
        raise FieldProblem(errors)
    return Sheet(typed, sheet.scan_ids, version)


def _too_many_scans() -> FieldError:
    message = f"К документу можно приложить не больше {MOST_SCANS} файлов"
    return FieldError(pointer="/scan_ids", code="too_many", message=message)


async def _refuse_known(
    session: WriteSession, typed: Typed, others: Sequence[OwnDocument], *, by: Principal
) -> None:
    if typed.kind not in ADMISSION or typed.exam_on is None:
        return
    found = await queries.in_register(session, by.specialist_id, typed.specialty_key, typed.exam_on)
    if found is not None:
        raise AlreadyInRegister(found.specialty_name, str(found.id))
    for other in others:
        if other.specialty_key != typed.specialty_key or other.exam_on is None:
            continue
        if abs((other.exam_on - typed.exam_on).days) <= SAME_EXAM_DAYS:
            raise AlreadySent(other.number, str(other.id))


async def _write(
    session: WriteSession,
    row: OwnDocument,
    sheet: Sheet,
    *,
    by: Principal,
    cipher: FieldCipher,
) -> None:
    """Bring the row to the sheet and take the scans over."""
    typed = sheet.typed
    row.specialist_id = by.specialist_id
    row.specialty_key, row.specialty_name = typed.specialty_key, typed.specialty_name
    row.book_version = sheet.book_version
    row.exam_on = typed.exam_on
    row.issued_on = typed.issued_on or row.issued_on
    row.details_sealed = seal_details(cipher, row.id, typed)
    row.late_at = row.decided_by = row.decided_at = row.reason_sealed = None
    session.add(row)
    await session.flush()
    loose = await queries.loose_scans(session, sheet.scan_ids, owner=by.person_id)
    if len(loose) != len(set(sheet.scan_ids)):
        message = "Файл не найден или уже отправлен. Приложите его ещё раз"
        raise FieldProblem([FieldError(pointer="/scan_ids", code="unknown", message=message)])
    await session.execute(
        update(OwnDocumentScan).where(col(OwnDocumentScan.id).in_(loose)).values(document_id=row.id)
    )
