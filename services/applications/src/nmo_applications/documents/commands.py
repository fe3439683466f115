"""A document is formed once for each edition of the form, stored, and given a check code (APP-04)."""

import asyncio
import secrets
from datetime import datetime

from nmo_applications.documents.content import document_data
from nmo_applications.documents.queries import edition
from nmo_applications.documents.render import TEMPLATE_VERSION, render
from nmo_applications.documents.rules import grouped, initials, new_code
from nmo_applications.documents.store import ObjectStore, digest_of
from nmo_applications.documents.tables import IssuedDocument
from nmo_applications.enrolment.queries import Viewed
from nmo_applications.upstreams import Applicant
from nmo_kit import failpoints, journal
from nmo_kit.db import WriteSession
from nmo_kit.ids import uuid7
from nmo_kit.principal import Principal


async def issue_document(
    session: WriteSession,
    viewed: Viewed,
    kind: str,
    applicant: Applicant,
    *,
    viewer: Principal,
    files: ObjectStore,
    public_url: str,
    now: datetime,
) -> tuple[IssuedDocument, bytes]:
    """Form the document of the present form and keep its bytes, digest and check code.

    Two requests at once make one document: the later waits for the row lock and finds it. A request that died after
    its bytes were stored leaves them where the next one writes its own: no file stays without its row, and bytes that
    are not the row's are never handed out.
    """
    row = viewed.row
    found = await edition(
        session, row.id, kind=kind, form_version=row.form_version, template_version=TEMPLATE_VERSION
    )
    body = await files.get(found.object_key) if found else None
    if found is not None and body is not None and digest_of(body) == found.sha256:
        return found, body
    code = found.check_code if found else new_code(secrets.randbelow)
    data = document_data(kind, viewed, applicant, code=code, public_url=public_url, now=now)
    verify_url = f"{public_url}/verify/{grouped(code)}"
    body = await asyncio.to_thread(render, kind, data, verify_url=verify_url)
    edition_name = f"{kind}-{row.form_version}-{TEMPLATE_VERSION}"
    key = found.object_key if found else f"applications/{row.id}/{edition_name}.pdf"
    await failpoints.hit("applications.document.before_store")
    digest = await files.put(key, body)
    await failpoints.hit("applications.document.stored")
    document = found or IssuedDocument(
        id=uuid7(),
        application_id=row.id,
        kind=kind,
        form_version=row.form_version,
        template_version=TEMPLATE_VERSION,
        check_code=code,
        object_key=key,
        sha256=digest,
        size_bytes=len(body),
        applicant_initials=initials(applicant.last_name, applicant.first_name, applicant.patronymic),
        issued_at=now,
    )
    document.sha256, document.size_bytes, document.issued_at = digest, len(body), now
    session.add(document)
    await journal.record(
        session,
        actor=viewer,
        action="applications.document.issue",
        object_=f"document/{document.id}",
        person_id=row.person_id,
    )
    return document, body
