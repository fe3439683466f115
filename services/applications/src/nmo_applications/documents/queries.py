"""Reads of issued documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from nmo_applications.documents.tables import IssuedDocument
from nmo_applications.enrolment.tables import Application
from nmo_kit.db import ReadSession


@dataclass(frozen=True, slots=True)
class Checked:
    """A document that a stranger holds, with the application it belongs to."""

    document: IssuedDocument
    row: Application


async def edition(
    session: ReadSession, application_id: UUID, *, kind: str, form_version: int, template_version: int
) -> IssuedDocument | None:
    """The document formed from exactly this form and template, if it was."""
    found = await session.execute(
        select(IssuedDocument).where(
            col(IssuedDocument.application_id) == application_id,
            col(IssuedDocument.kind) == kind,
            col(IssuedDocument.form_version) == form_version,
            col(IssuedDocument.template_version) == template_version,
        )
    )
    return found.scalar_one_or_none()


async def known_keys(session: ReadSession, keys: Sequence[str]) -> set[str]:
    """Those of the keys that a document has."""
    found = await session.execute(
        select(IssuedDocument.object_key).where(col(IssuedDocument.object_key).in_(keys))
    )
    return set(found.scalars())


async def by_code(session: ReadSession, code: str) -> Checked | None:
    """The document with this check code."""
    found = await session.execute(
        select(IssuedDocument, Application)
        .join(Application, col(Application.id) == col(IssuedDocument.application_id))
        .where(col(IssuedDocument.check_code) == code)
    )
    row = found.one_or_none()
    return None if row is None else Checked(*row)
