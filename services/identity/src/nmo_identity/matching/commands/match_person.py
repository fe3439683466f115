"""Compare a proven person with the register, or owe them the comparison when it does not answer."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from nmo_identity.accounts.events import publish
from nmo_identity.accounts.queries import opened, person, person_for_update
from nmo_identity.accounts.tables import Person
from nmo_identity.consents.queries import is_granted
from nmo_identity.matching import events, queries
from nmo_identity.matching.register import MatchAnswer, MatchQuestion, Register, RegisterUnavailable
from nmo_identity.matching.rules import retry_delay_s
from nmo_identity.matching.tables import MatchResult, MatchTask
from nmo_kit import failpoints, journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, WriteSession

ACTOR = "identity.matching"


async def match_person(
    db: Database,
    register: Register,
    cipher: FieldCipher,
    person_id: UUID,
    *,
    now: datetime,
    fresh: bool = False,
) -> str | None:
    """Match once (MAT-01); returns the outcome, `postponed`, or None when nothing may be read.

    Without a confirmed account and a consent in force the register is not asked at all (SSO-03). The call is made
    outside any transaction. Writes the result with the compared fields, a journal row (MAT-07) and the event
    `person.matched` or `person.mismatched` when the state changed; an unanswered match becomes a task. `fresh` has the
    register itself asked, not its mirror: what was corrected a moment ago counts (MAT-04).
    """
    async with db.read() as session:
        row = await person(session, person_id)
        if not row.confirmed or not await is_granted(session, person_id):
            return None
        question, asked_about = _question(row, cipher, fresh=fresh), row.updated_at
    try:
        answer = (
            MatchAnswer(outcome="not_found", fields=[])
            if question is None
            else await register.match(question)
        )
    except RegisterUnavailable:
        async with db.write() as session:
            await _postpone(session, person_id, now)
        return "postponed"
    await failpoints.hit("identity.match.answered")
    async with db.write() as session:
        if (await person_for_update(session, person_id)).updated_at != asked_about:
            # A sign-in brought other data meanwhile, and the answer is about the former ones.
            await owe_match(session, person_id, now=now)
            return "postponed"
        await _keep(session, person_id, answer, now)
    return answer.outcome


def _question(row: Person, cipher: FieldCipher, *, fresh: bool) -> MatchQuestion | None:
    """What to ask; None for a person without СНИЛС or birth date, whom the register cannot know."""
    known = opened(row, cipher)
    if known.snils is None or known.birth_on is None or not row.holds_snils:
        return None
    return MatchQuestion(
        row.id, known.snils, row.last_name, row.first_name, row.patronymic, known.birth_on, fresh=fresh
    )


async def _keep(session: WriteSession, person_id: UUID, answer: MatchAnswer, now: datetime) -> None:
    row = await person_for_update(session, person_id)
    if not await is_granted(session, person_id):
        return
    before = await queries.last_result(session, person_id)
    result = MatchResult(
        person_id=person_id,
        outcome=answer.outcome,
        specialist_id=answer.specialist_id,
        fields=[item.model_dump(mode="json") for item in answer.fields],
        register_version=answer.register_version,
        register_fetched_at=answer.fetched_at,
        matched_at=now,
        reference=secrets.token_hex(4).upper(),
    )
    session.add(result)
    task = await queries.task_of(session, person_id)
    if task is not None:
        await session.delete(task)
    event = events.of_result(result)
    if event is not None and _state(before) != _state(result):
        await publish(session, row, event)
    await journal.record(
        session,
        actor=ACTOR,
        action="match.checked",
        object_=f"match/{result.reference}",
        person_id=person_id,
        result=answer.outcome,
        fields=[f"{item.field}:{item.result}" for item in answer.fields],
    )


def _state(result: MatchResult | None) -> tuple[object, ...] | None:
    """What others know of a match: outcome, record, and which fields differ."""
    if result is None:
        return None
    levels = tuple((item["field"], item["result"]) for item in result.fields)
    return result.outcome, result.specialist_id, levels


async def owe_match(session: WriteSession, person_id: UUID, *, now: datetime) -> None:
    """Owe the person a match from now on: should this process die before it asks, the worker does it.

    For the transaction that opens the way to the register; `match_person` settles it. The person's row must be locked.
    """
    if await queries.task_of(session, person_id) is None:
        ahead = timedelta(seconds=retry_delay_s(0))
        session.add(MatchTask(person_id=person_id, requested_at=now, next_attempt_at=now + ahead))


async def _postpone(session: WriteSession, person_id: UUID, now: datetime) -> None:
    await person_for_update(session, person_id)
    task = await queries.task_of(session, person_id)
    if task is None:
        task = MatchTask(person_id=person_id, requested_at=now, next_attempt_at=now)
    if task.attempts == 0:
        await journal.record(
            session,
            actor=ACTOR,
            action="match.postponed",
            object_=f"person/{person_id}",
            person_id=person_id,
            result="pending",
            reason="register_unavailable",
        )
    task.next_attempt_at = now + timedelta(seconds=retry_delay_s(task.attempts))
    task.attempts += 1
    session.add(task)
