"""A person answers about a difference: kept with both values as they stood, nothing is overwritten (FRM-08)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.messaging import outbox
from nmo_kit.principal import Principal
from nmo_registry.comparison import events, queries
from nmo_registry.comparison.errors import NoDifference, RegisterMoved
from nmo_registry.comparison.rules import PERSON, Choice, Compared, person_values
from nmo_registry.comparison.sealing import compared_fields, own_of, register_of, seal_answer
from nmo_registry.comparison.tables import DifferenceAnswer
from nmo_registry.own_documents.queries import moment
from nmo_registry.specialists.queries import person_by_id

FIRST = 1
"""Answers are never changed: each has one version."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the person looked at: the version of the record, and the code of the match."""

    register_version: str = ""
    reference: str = ""


async def answer_about_person(
    session: WriteSession,
    field: str,
    choice: Choice,
    own_value: str,
    seen: Seen,
    *,
    by: Principal,
    cipher: FieldCipher,
) -> DifferenceAnswer:
    """Keep what the person says about their own data. The register's value is read here, never taken from the caller.

    Side effects: journal; a new dispute tells `registry.difference.disputed`.

    Raises:
        RegisterMoved: the record is another one than they looked at.
        NoDifference: both say the same.
    """
    person = await person_by_id(session, by.specialist_id, cipher)
    register = None
    if person is not None:
        if seen.register_version and seen.register_version != person.row.register_version:
            raise RegisterMoved
        register = person_values(person.record)[field]
        if Compared(field, own_value, register).same:
            raise NoDifference
        seen = Seen(person.row.register_version, seen.reference)
    return await _keep(session, PERSON, field, choice, (own_value, register), seen, by=by, cipher=cipher)


async def answer_about_document(
    session: WriteSession,
    document_id: UUID,
    field: str,
    choice: Choice,
    *,
    by: Principal,
    cipher: FieldCipher,
) -> DifferenceAnswer:
    """Keep what the person says about a document they typed and the register shows otherwise.

    Side effects: as of `answer_about_person`.

    Raises:
        NotFound: no such document of the person, or the register does not show it.
        NoDifference: both say the same, or the field is not compared.
    """
    pair = await queries.replaced_pair(session, document_id, viewer=by)
    fields = {item.field: item for item in compared_fields(cipher, pair)}
    compared = fields.get(field)
    if compared is None or compared.same:
        raise NoDifference
    values = (compared.own, compared.register)
    about = events.AboutDocument(pair[0].number, pair[1].specialty_name, compared)
    subject = str(document_id)
    return await _keep(session, subject, field, choice, values, Seen(), about=about, by=by, cipher=cipher)


async def _keep(
    session: WriteSession,
    subject: str,
    field: str,
    choice: Choice,
    values: tuple[str, str | None],
    seen: Seen,
    *,
    by: Principal,
    cipher: FieldCipher,
    about: events.AboutDocument | None = None,
) -> DifferenceAnswer:
    own, register = values
    known = await queries.latest_answer(session, subject, field, viewer=by)
    if known is not None and known.choice == choice:
        said = own_of(cipher, known), register_of(cipher, known)
        if said == (own, register):
            return known
    row = DifferenceAnswer(
        person_id=by.person_id,
        specialist_id=by.specialist_id,
        subject=subject,
        field=field,
        choice=choice,
        own_sealed=b"",
        register_version=seen.register_version,
        reference=seen.reference,
        answered_at=await moment(session),
    )
    seal_answer(cipher, row, own, register)
    session.add(row)
    await journal.record(
        session,
        actor=by,
        action=f"registry.difference.{choice}",
        object_=f"difference/{subject}",
        person_id=by.person_id,
        fields=[field],
    )
    if choice is Choice.DISPUTE:
        await outbox.add(session, events.disputed(row, about), version=FIRST)
    return row
