"""Routes of the comparison: what differs, and the person's answers (FRM-08)."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.consents import refuse_withdrawn
from nmo_kit.db import ReadDep, WriteDep
from nmo_kit.errors import ConsentRequired, NotFound, problems
from nmo_registry.comparison import queries, schemas, views
from nmo_registry.comparison.commands.answer import Seen, answer_about_document, answer_about_person
from nmo_registry.comparison.errors import NoDifference, RegisterMoved
from nmo_registry.comparison.rules import PERSON, person_values
from nmo_registry.comparison.sealing import register_of
from nmo_registry.lookup.endpoints import CipherDep
from nmo_registry.specialists.queries import person_by_id

router = APIRouter(prefix="/api/v1/register/comparison", tags=["register"])


@router.get("", responses=problems(ConsentRequired))
@action("registry.comparison.read")
async def compare(
    session: ReadDep, viewer: CurrentPrincipal, cipher: CipherDep, response: Response
) -> schemas.Comparison:
    """Documents you typed beside the register's ones, and all your answers about differences, the latest first."""
    response.headers["Cache-Control"] = "no-store"
    await refuse_withdrawn(session, viewer.person_id)
    person = await person_by_id(session, viewer.specialist_id, cipher)
    pairs = await queries.replaced_pairs(session, viewer=viewer)
    documents = [views.document(pair, cipher) for pair in pairs]
    now: views.Now = {
        (str(item.document_id), field.field): field.register_value
        for item in documents
        for field in item.fields
    }
    if person is not None:
        now |= {(PERSON, field): value for field, value in person_values(person.record).items()}
    found = await queries.answers(session, viewer=viewer)
    return schemas.Comparison(
        register_version=person.row.register_version if person else None,
        documents=documents,
        answers=[views.answered(row, now, cipher) for row in found],
    )


@router.post("/person", responses=problems(ConsentRequired, NoDifference, RegisterMoved))
@action("registry.comparison.answer")
async def about_person(
    body: schemas.AnswerAboutPerson, session: WriteDep, viewer: CurrentPrincipal, cipher: CipherDep
) -> schemas.Answered:
    """Accept the register's value, keep your own and dispute, or ask the employer; nothing is overwritten."""
    await refuse_withdrawn(session, viewer.person_id)
    row = await answer_about_person(
        session,
        body.field,
        body.choice,
        body.own_value,
        Seen(body.register_version, body.reference),
        by=viewer,
        cipher=cipher,
    )
    return views.answered(row, _as_told(row.subject, row.field, register_of(cipher, row)), cipher)


@router.post("/documents/{document_id}", responses=problems(ConsentRequired, NoDifference, NotFound))
@action("registry.comparison.answer")
async def about_document(
    document_id: UUID,
    body: schemas.AnswerAboutDocument,
    session: WriteDep,
    viewer: CurrentPrincipal,
    cipher: CipherDep,
) -> schemas.Answered:
    """The same about a document that you typed and the register shows otherwise."""
    await refuse_withdrawn(session, viewer.person_id)
    row = await answer_about_document(session, document_id, body.field, body.choice, by=viewer, cipher=cipher)
    return views.answered(row, _as_told(row.subject, row.field, register_of(cipher, row)), cipher)


def _as_told(subject: str, field: str, value: str | None) -> views.Now:
    """The register's side as the answer has just read it."""
    return {} if value is None else {(subject, field): value}
