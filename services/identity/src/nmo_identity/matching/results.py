"""Rows of comparisons: those the person sees, and those nobody does."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from nmo_identity.accounts.queries import accounts_of, holder_of
from nmo_identity.accounts.rules import ProofLevel
from nmo_identity.accounts.tables import Person, Proof
from nmo_identity.matching import queries
from nmo_identity.matching.register import MatchAnswer
from nmo_identity.matching.tables import MatchResult
from nmo_kit import journal
from nmo_kit.db import WriteSession

ISSUER = "registry"


def result_of(person_id: UUID, answer: MatchAnswer, now: datetime) -> MatchResult:
    """The row of a comparison of proven data."""
    return MatchResult(
        person_id=person_id,
        outcome=answer.outcome,
        specialist_id=answer.specialist_id,
        fields=[item.model_dump(mode="json") for item in answer.fields],
        register_version=answer.register_version,
        register_fetched_at=answer.fetched_at,
        matched_at=now,
        reference=secrets.token_hex(4).upper(),
    )


async def keep_silently(session: WriteSession, person: Person, answer: MatchAnswer, *, now: datetime) -> None:
    """Keep a comparison of data that were only typed; the person's row is locked.

    An agreeing record raises the number's level from typed to matched, if nobody holds the number; nothing else comes of
    it. Neither the row, nor the journal, nor any answer tells the outcome: it would tell strangers who is in the register
    (T6). The record's id and its values are not kept.
    """
    result = result_of(person.id, answer, now)
    result.shown, result.specialist_id = False, None
    result.fields = [{"field": item.field, "result": item.result} for item in answer.fields]
    session.add(result)
    task = await queries.task_of(session, person.id)
    if task is not None:
        await session.delete(task)
    if answer.outcome in {"exact", "equivalent"} and person.snils_level == ProofLevel.SELF_TYPED:
        await _raise_level(session, person, now)
    await journal.record(
        session,
        actor="identity.matching",
        action="match.checked",
        object_=f"match/{result.reference}",
        person_id=person.id,
        result="kept",
    )


async def _raise_level(session: WriteSession, person: Person, now: datetime) -> None:
    if person.snils_index is None or await holder_of(session, person.snils_index) is not None:
        return
    person.snils_level, person.holds_snils = ProofLevel.REGISTER_MATCHED, True
    session.add(person)
    for account in (await accounts_of(session, person.id))[:1]:
        session.add(
            Proof(
                person_id=person.id,
                account_id=account.id,
                kind="snils",
                level=ProofLevel.REGISTER_MATCHED,
                issuer=ISSUER,
                value_index=person.snils_index,
                proved_at=now,
            )
        )
