"""One move of a document with all that belongs to it: row, history, journal."""

from __future__ import annotations

from datetime import datetime

from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal
from nmo_registry.own_documents.errors import IllegalMove, OwnDocumentRefused, TakeFirst, TakenByAnother
from nmo_registry.own_documents.rules import Action, IllegalMoveError, State, next_state
from nmo_registry.own_documents.sealing import seal_words
from nmo_registry.own_documents.tables import OwnDocument, OwnDocumentMove

PERSON, SUPPORT, SYSTEM = "person", "support", "system"


async def move(
    session: WriteSession,
    row: OwnDocument,
    action: Action,
    *,
    by: Principal | str,
    role: str,
    now: datetime,
    words: str | None = None,
    cipher: FieldCipher | None = None,
) -> None:
    """Move a locked document; the term ends where it is not the portal's turn any more.

    Raises:
        IllegalMove: the graph has no such move.
    """
    before = State(row.state)
    try:
        after = next_state(before, action)
    except IllegalMoveError:
        raise IllegalMove(before, action) from None
    row.state = after
    row.version += 1
    row.updated_at = now
    if after is not State.CHECKING:
        row.taken_by = row.taken_at = None
    if after not in {State.SENT, State.CHECKING}:
        row.due_at = None
    await keep_move(
        session, row, action, before=before, by=by, role=role, now=now, words=words, cipher=cipher
    )


async def keep_move(
    session: WriteSession,
    row: OwnDocument,
    action: Action,
    *,
    before: State | None,
    by: Principal | str,
    role: str,
    now: datetime,
    words: str | None = None,
    cipher: FieldCipher | None = None,
) -> None:
    """Write what a move leaves: a line of history and a journal row."""
    session.add(row)
    line = OwnDocumentMove(
        document_id=row.id,
        at=now,
        action=action,
        from_state=before,
        to_state=row.state,
        actor=by.sub if isinstance(by, Principal) else by,
        actor_role=role,
    )
    if words and cipher is not None:
        line.words_sealed = seal_words(cipher, line.id, words)
    session.add(line)
    await journal.record(
        session,
        actor=by,
        action=f"registry.document.{action}",
        object_=f"document/{row.number}",
        person_id=row.person_id,
    )


def must_hold(row: OwnDocument, by: Principal) -> None:
    """Only the employee who took a document acts on it (ROL-04).

    Raises:
        OwnDocumentRefused: it is the employee's own.
        TakeFirst: nobody has taken it.
        TakenByAnother: somebody else has.
    """
    if row.person_id == by.person_id:
        raise OwnDocumentRefused
    if row.taken_by is None:
        raise TakeFirst
    if row.taken_by != by.person_id:
        raise TakenByAnother
