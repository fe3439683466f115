"""A request is opened: by a person who signed in, or by a guest who cannot."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from nmo_applications.requests import queries
from nmo_applications.requests.commands.move import PERSON, add_message, keep_move
from nmo_applications.requests.errors import AlreadyOpen, TooManyOpen
from nmo_applications.requests.rules import (
    MOST_OPEN,
    SINGLE,
    Action,
    Kind,
    due,
    request_number,
)
from nmo_applications.requests.sealing import seal, seal_values
from nmo_applications.requests.tables import SupportChange, SupportRequest
from nmo_kit.clock import MOSCOW
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal

GUEST = "guest"
_NEXT_NUMBER = text(
    "insert into support_number as counter (year, last) values (:year, 1) "
    "on conflict (year) do update set last = counter.last + 1 returning last"
)
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('support.open'), hashtext(:person))")


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody tells support.

    Attributes:
        reference: code of an error page or of a comparison, with the time it happened.
        values: the data to be changed, for a request of that kind.
        contact: how a guest wants to be reached.
    """

    topic: str
    text: str
    reference: str | None = None
    happened_at: datetime | None = None
    values: Mapping[str, str | None] | None = None
    contact: str | None = None


async def open_request(
    session: WriteSession, kind: Kind, words: Words, *, by: Principal, cipher: FieldCipher, now: datetime
) -> SupportRequest:
    """Open a request of the signed-in person (SUP-01): row, first message, history, journal row, event.

    Raises:
        AlreadyOpen: one of this kind is open, and there is at most one (mismatch, verification, change of data).
        TooManyOpen: the person has as many open ones as anybody may have.
    """
    await take_turn(session, by.person_id)
    if kind in SINGLE:
        other = await queries.open_of_kind(session, by.person_id, kind)
        if other is not None:
            raise AlreadyOpen(str(other.id), other.number, kind)
    if await queries.open_count(session, by.person_id) >= MOST_OPEN:
        raise TooManyOpen
    return await open_in_name(session, by.person_id, kind, words, by=by, cipher=cipher, now=now)


async def take_turn(session: WriteSession, person_id: UUID) -> None:
    """Wait for whatever opens a request of the person now: two at once, and the second sees what the first opened."""
    await session.execute(_ONE_AT_A_TIME, {"person": str(person_id)})


async def open_in_name(
    session: WriteSession,
    person_id: UUID,
    kind: Kind,
    words: Words,
    *,
    by: Principal | str,
    cipher: FieldCipher,
    now: datetime,
) -> SupportRequest:
    """Open a person's request; the caller has their turn and has looked at what is open.

    `by` is the person, or the background part that opens it for what they said elsewhere on the portal.
    """
    row = await _new(session, kind, words, cipher=cipher, now=now)
    row.person_id = person_id
    await _keep(session, row, words, by=by, author_id=str(person_id), cipher=cipher, now=now)
    return row


async def open_guest_request(
    session: WriteSession, words: Words, *, cipher: FieldCipher, now: datetime
) -> tuple[SupportRequest, str]:
    """Open a request of somebody who cannot sign in (SUP-02); the row, and the key that reads its thread.

    The key is told this once; only its digest is kept.
    """
    key = secrets.token_urlsafe(32)
    row = await _new(session, Kind.SIGN_IN, words, cipher=cipher, now=now)
    row.guest_key_hash = key_hash(key)
    if words.contact:
        row.contact_sealed = seal(cipher, "support_request", "contact_sealed", row.id, words.contact)
    await _keep(session, row, words, by=GUEST, author_id=GUEST, cipher=cipher, now=now)
    return row, key


def key_hash(key: str) -> bytes:
    """Digest of a guest's key."""
    return hashlib.sha256(key.encode()).digest()


async def _new(
    session: WriteSession, kind: Kind, words: Words, *, cipher: FieldCipher, now: datetime
) -> SupportRequest:
    year = now.astimezone(MOSCOW).year
    sequence: int = (await session.execute(_NEXT_NUMBER, {"year": year})).scalar_one()
    row = SupportRequest(
        number=request_number(sequence, year),
        kind=kind,
        topic_sealed=b"",
        reference=words.reference,
        happened_at=words.happened_at,
        due_at=due(await queries.deadlines(session), now),
        created_at=now,
        updated_at=now,
    )
    row.topic_sealed = seal(cipher, "support_request", "topic_sealed", row.id, words.topic)
    return row


async def _keep(
    session: WriteSession,
    row: SupportRequest,
    words: Words,
    *,
    by: Principal | str,
    author_id: str,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    session.add(row)
    await session.flush()
    if words.values is not None:
        session.add(
            SupportChange(
                request_id=row.id, asked_sealed=seal_values(cipher, "asked_sealed", row.id, words.values)
            )
        )
    add_message(session, row, words.text, author=PERSON, author_id=author_id, cipher=cipher, now=now)
    await keep_move(session, row, Action.OPEN, before=None, by=by, role=PERSON, now=now)
