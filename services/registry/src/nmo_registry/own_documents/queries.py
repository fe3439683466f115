"""Every read of documents added by hand; a person sees their own, employees what the queue and the taking allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, text
from sqlmodel import col, select

from nmo_contracts.purposes import MAIN
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.errors import NotFound
from nmo_kit.principal import Principal
from nmo_registry.documents.queries import same_specialty
from nmo_registry.documents.tables import AdmissionDocument
from nmo_registry.own_documents.rules import ADMISSION, OPEN, REPLACEABLE, SAME_EXAM_DAYS, State
from nmo_registry.own_documents.tables import (
    OwnDocument,
    OwnDocumentMove,
    OwnDocumentScan,
    VerificationTerm,
)
from nmo_registry.reference_books.queries import entry, find_version
from nmo_registry.reference_books.tables import BookEntry

_MOMENT = text("select app_now()")
_WAITING = (State.SENT, State.CHECKING)
_CONSENTED = text(
    "not exists (select from identity_consent_copy answer where answer.person_id = own_document.person_id"
    " and answer.purpose = :main and not answer.granted)"
).bindparams(main=MAIN)
"""Nobody works on documents of a person who took the main consent back; with a new one the work goes on."""


async def moment(session: ReadSession) -> datetime:
    """The clock of the database: the one that terms of verification are counted by."""
    found: datetime = (await session.execute(_MOMENT)).scalar_one()
    return found


async def own_documents(session: ReadSession, *, viewer: Principal) -> Sequence[OwnDocument]:
    """The viewer's documents, newest first."""
    found = await session.execute(
        select(OwnDocument)
        .where(col(OwnDocument.person_id) == viewer.person_id)
        .order_by(col(OwnDocument.id).desc())
    )
    return found.scalars().all()


async def own_document(
    session: ReadSession, document_id: UUID, *, viewer: Principal, lock: bool = False
) -> OwnDocument:
    """The viewer's own document.

    Raises:
        NotFound: there is none, or it is another person's.
    """
    query = select(OwnDocument).where(
        col(OwnDocument.id) == document_id, col(OwnDocument.person_id) == viewer.person_id
    )
    return await _one(session, query.with_for_update() if lock else query)


async def any_document(session: WriteSession, document_id: UUID) -> OwnDocument:
    """A document for an employee's action, locked.

    Raises:
        NotFound: there is none, or its owner took the consent back.
    """
    return await _one(
        session, select(OwnDocument).where(col(OwnDocument.id) == document_id, _CONSENTED).with_for_update()
    )


async def _one(session: ReadSession, query: Select[tuple[OwnDocument]]) -> OwnDocument:
    found: OwnDocument | None = (await session.execute(query)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


async def open_of(session: ReadSession, person_id: UUID) -> Sequence[OwnDocument]:
    """Documents of the person whose verification is not over."""
    found = await session.execute(
        select(OwnDocument).where(
            col(OwnDocument.person_id) == person_id, col(OwnDocument.state).in_(sorted(OPEN))
        )
    )
    return found.scalars().all()


async def terms(session: ReadSession) -> dict[str, int]:
    """Hours by stage."""
    found = await session.execute(select(VerificationTerm))
    return {row.stage: row.hours for row in found.scalars()}


async def specialty(session: ReadSession, key: str) -> BookEntry | None:
    """The specialty in the current version of the list; a retired one too: documents of its time name it."""
    book = await find_version(session, "specialties")
    return None if book is None else await entry(session, book, key)


@dataclass(frozen=True, slots=True)
class ScanRow:
    """A scan without its content."""

    scan_id: UUID
    media_type: str
    size_bytes: int


async def scans(session: ReadSession, document_id: UUID) -> list[ScanRow]:
    """Scans of a document in order; the caller has checked that the viewer may see them."""
    found = await session.execute(
        select(OwnDocumentScan.id, OwnDocumentScan.media_type, OwnDocumentScan.size_bytes)
        .where(col(OwnDocumentScan.document_id) == document_id)
        .order_by(col(OwnDocumentScan.id))
    )
    return [ScanRow(*row) for row in found]


async def scan(session: ReadSession, scan_id: UUID, document_id: UUID) -> OwnDocumentScan:
    """A scan with its content; the caller has checked that the viewer may see the document.

    Raises:
        NotFound: the document has no such scan.
    """
    found = await session.execute(
        select(OwnDocumentScan).where(
            col(OwnDocumentScan.id) == scan_id, col(OwnDocumentScan.document_id) == document_id
        )
    )
    row: OwnDocumentScan | None = found.scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def loose_scans(session: WriteSession, ids: Sequence[UUID], *, owner: UUID) -> list[UUID]:
    """Which of these scans are the person's and belong to no document yet; locked."""
    found = await session.execute(
        select(OwnDocumentScan.id)
        .where(
            col(OwnDocumentScan.id).in_(list(ids)),
            col(OwnDocumentScan.person_id) == owner,
            col(OwnDocumentScan.document_id).is_(None),
        )
        .with_for_update()
    )
    return list(found.scalars())


async def scan_count(session: ReadSession, *, document_id: UUID) -> int:
    """How many scans the document has."""
    query = select(func.count()).where(col(OwnDocumentScan.document_id) == document_id)
    return int((await session.execute(query)).scalar_one())


async def loose_count(session: ReadSession, *, owner: UUID) -> int:
    """How many scans of the person wait for a document."""
    query = select(func.count()).where(
        col(OwnDocumentScan.person_id) == owner, col(OwnDocumentScan.document_id).is_(None)
    )
    return int((await session.execute(query)).scalar_one())


async def history(session: ReadSession, document_id: UUID) -> Sequence[OwnDocumentMove]:
    """The history in order; the caller has checked that the viewer may read it."""
    found = await session.execute(
        select(OwnDocumentMove)
        .where(col(OwnDocumentMove.document_id) == document_id)
        .order_by(col(OwnDocumentMove.id))
    )
    return found.scalars().all()


def _part(part: str, viewer: Principal, now: datetime) -> ColumnElement[bool]:
    """What belongs to a part of the queue: free documents, the viewer's, those whose term has passed."""
    if part == "mine":
        return and_(col(OwnDocument.taken_by) == viewer.person_id, col(OwnDocument.state) == State.CHECKING)
    if part == "late":
        return and_(col(OwnDocument.due_at).is_not(None), col(OwnDocument.due_at) <= now)
    return col(OwnDocument.state) == State.SENT


async def queue(
    session: ReadSession, *, viewer: Principal, part: str, after: UUID | None, limit: int, now: datetime
) -> Sequence[OwnDocument]:
    """A part of the queue, the earliest term first; nobody sees documents of their own there."""
    query = select(OwnDocument).where(
        _part(part, viewer, now), col(OwnDocument.person_id) != viewer.person_id, _CONSENTED
    )
    if after is not None:
        last = await session.get(OwnDocument, after)
        if last is not None and last.due_at is not None:
            query = query.where(
                or_(
                    col(OwnDocument.due_at) > last.due_at,
                    and_(col(OwnDocument.due_at) == last.due_at, col(OwnDocument.id) > last.id),
                )
            )
    found = await session.execute(query.order_by(col(OwnDocument.due_at), col(OwnDocument.id)).limit(limit))
    return found.scalars().all()


async def queue_counts(session: ReadSession, *, viewer: Principal, now: datetime) -> dict[str, int]:
    """How many documents each part of the queue holds for the viewer."""
    counts = {}
    for part in ("new", "mine", "late"):
        query = select(func.count()).where(
            _part(part, viewer, now), col(OwnDocument.person_id) != viewer.person_id, _CONSENTED
        )
        counts[part] = int((await session.execute(query)).scalar_one())
    return counts


async def waiting(session: ReadSession, *, now: datetime) -> tuple[int, int]:
    """How many documents wait for the portal, and how many of them longer than their term."""
    query = select(func.count(), func.count().filter(col(OwnDocument.due_at) <= now)).where(
        col(OwnDocument.due_at).is_not(None), _CONSENTED
    )
    total, late = (await session.execute(query)).one()
    return int(total), int(late)


async def newly_late(session: WriteSession, *, now: datetime, limit: int) -> Sequence[OwnDocument]:
    """Some documents whose term has passed and of whom nobody was told; locked, those of other workers left out."""
    found = await session.execute(
        select(OwnDocument)
        .where(
            col(OwnDocument.state).in_(list(_WAITING)),
            col(OwnDocument.due_at) <= now,
            col(OwnDocument.late_at).is_(None),
            _CONSENTED,
        )
        .order_by(col(OwnDocument.due_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.scalars().all()


@dataclass(frozen=True, slots=True)
class Replacement:
    """A document added by hand, and the register's one that is the same."""

    own: OwnDocument
    found: AdmissionDocument


async def replacements(session: WriteSession, *, limit: int) -> list[Replacement]:
    """Some documents that the register shows by now, each with the one nearest by the date of the exam; locked.

    One of the specialty itself comes before one of what the specialty became.
    """
    other = col(AdmissionDocument.specialty_key) != col(OwnDocument.specialty_key)
    days = func.abs(col(AdmissionDocument.exam_on) - col(OwnDocument.exam_on))
    found = await session.execute(
        select(OwnDocument, AdmissionDocument)
        .join(
            AdmissionDocument,
            and_(
                col(AdmissionDocument.specialist_id) == col(OwnDocument.specialist_id),
                same_specialty(col(OwnDocument.specialty_key)),
                col(AdmissionDocument.removed_at).is_(None),
                days <= SAME_EXAM_DAYS,
            ),
        )
        .where(
            col(OwnDocument.state).in_(sorted(REPLACEABLE)),
            col(OwnDocument.kind).in_(sorted(ADMISSION)),
            _CONSENTED,
        )
        .order_by(col(OwnDocument.id), other, days, col(AdmissionDocument.id))
        .limit(limit)
        .with_for_update(of=OwnDocument, skip_locked=True)
    )
    nearest: dict[UUID, Replacement] = {}
    for own, document in found:
        nearest.setdefault(own.id, Replacement(own, document))
    return list(nearest.values())


async def in_register(
    session: ReadSession, specialist_id: UUID | None, specialty_key: str, exam_on: date
) -> AdmissionDocument | None:
    """The same document, if the register shows it already."""
    if specialist_id is None:
        return None
    days = func.abs(col(AdmissionDocument.exam_on) - exam_on)
    found = await session.execute(
        select(AdmissionDocument)
        .where(
            col(AdmissionDocument.specialist_id) == specialist_id,
            same_specialty(specialty_key),
            col(AdmissionDocument.removed_at).is_(None),
            days <= SAME_EXAM_DAYS,
        )
        .order_by(col(AdmissionDocument.specialty_key) != specialty_key, days, col(AdmissionDocument.id))
        .limit(1)
    )
    return found.scalar_one_or_none()
