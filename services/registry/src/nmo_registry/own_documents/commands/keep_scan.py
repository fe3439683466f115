"""A scan is uploaded: judged by its content, sealed, kept until the form that names it is sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.errors import FieldError, FieldProblem
from nmo_kit.principal import Principal
from nmo_registry.own_documents import queries
from nmo_registry.own_documents.errors import TooManyScans
from nmo_registry.own_documents.rules import MOST_SCANS
from nmo_registry.own_documents.scans import ScanRefusedError, kind_of
from nmo_registry.own_documents.sealing import seal_scan
from nmo_registry.own_documents.tables import OwnDocumentScan

MOST_LOOSE = 2 * MOST_SCANS
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('registry.scan'), hashtext(:person))")


async def keep_scan(
    session: WriteSession, body: bytes, *, by: Principal, cipher: FieldCipher, now: datetime
) -> OwnDocumentScan:
    """Keep the file; who never sends the form has it deleted after a day.

    Raises:
        FieldProblem: the file is no whole and harmless PDF, JPG or PNG of 5 MB at most; says which and what to do.
        TooManyScans: too many wait for a form already.
    """
    try:
        media_type = kind_of(body)
    except ScanRefusedError as refused:
        raise FieldProblem(
            [FieldError(pointer="/scan", code=refused.code, message=refused.message)]
        ) from None
    await session.execute(_ONE_AT_A_TIME, {"person": by.sub})
    if await queries.loose_count(session, owner=by.person_id) >= MOST_LOOSE:
        raise TooManyScans
    row = OwnDocumentScan(
        person_id=by.person_id,
        media_type=media_type,
        size_bytes=len(body),
        content_sealed=b"",
        created_at=now,
    )
    row.content_sealed = seal_scan(cipher, row.id, body)
    session.add(row)
    await journal.record(
        session,
        actor=by,
        action="registry.document.scan",
        object_=f"scan/{row.id}",
        person_id=by.person_id,
    )
    return row
