"""Compare a proven person with the register, or owe them the comparison when it does not answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from nmo_identity.accounts.events import publish
from nmo_identity.accounts.queries import is_local_with_address, opened, person, person_for_update
from nmo_identity.accounts.rules import ProofLevel
from nmo_identity.accounts.tables import Person
from nmo_identity.consents.queries import is_granted
from nmo_identity.matching import events, queries
from nmo_identity.matching.register import MatchAnswer, MatchQuestion, Register, RegisterUnavailable
from nmo_identity.matching.results import keep_silently, result_of
from nmo_identity.matching.rules import WATCHED, improved, retry_delay_s
from nmo_identity.matching.tables import MatchResult, MatchTask, MatchWatch
from nmo_kit import failpoints, journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database, ReadSession, WriteSession

ACTOR = "identity.matching"


async def match_person(
    db: Database,
    register: Register,
    cipher: FieldCipher,
    person_id: UUID,
    *,
    now: datetime,
    fresh: bool = False,
    unasked: bool = False,
) -> str | None:
    """Match once (MAT-01); returns the outcome, `postponed`, or None when nothing may be read.

    Without a proof and a consent in force the register is not asked at all (SSO-03, P11): the proof is a confirmed
    account, or for a local account an address of its own; the latter's outcome is shown to nobody (T6). The call is made
    outside any transaction. Writes the result with the compared fields, a journal row (MAT-07) and the event
    `person.matched` or `person.mismatched` when the state changed; an unanswered match becomes a task. `fresh` has the
    register itself asked, not its mirror: what was corrected a moment ago counts (MAT-04). `unasked` is a check the
    person does not wait for: if it lets them further, they are told.
    """
    async with db.read() as session:
        row = await person(session, person_id)
        if not await _may_be_compared(session, row):
            return None
        question, asked_about = _question(row, cipher, fresh=fresh, unasked=unasked), row.updated_at
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
        await _keep(session, person_id, answer, now, unasked=unasked)
    return answer.outcome


async def _may_be_compared(session: ReadSession, row: Person) -> bool:
    return (row.confirmed or await is_local_with_address(session, row)) and await is_granted(session, row.id)


def _question(row: Person, cipher: FieldCipher, *, fresh: bool, unasked: bool) -> MatchQuestion | None:
    """What to ask; None for a person without СНИЛС or birth date, whom the register cannot know."""
    known = opened(row, cipher)
    if (
        known.snils is None
        or known.birth_on is None
        or (row.snils_level > ProofLevel.SELF_TYPED and not row.holds_snils)
    ):
        return None
    proven = row.snils_level > ProofLevel.SELF_TYPED
    return MatchQuestion(
        row.id,
        known.snils,
        row.last_name,
        row.first_name,
        row.patronymic,
        known.birth_on,
        fresh=fresh,
        purpose="typed_data" if not proven else "recheck" if unasked else "sign_in",
    )


async def _keep(
    session: WriteSession, person_id: UUID, answer: MatchAnswer, now: datetime, *, unasked: bool
) -> None:
    row = await person_for_update(session, person_id)
    if not await _may_be_compared(session, row):
        return
    found = answer.outcome
    if row.snils_level <= ProofLevel.SELF_TYPED:
        answer = await _compared_with_typed(session, row, answer, now)
        if not row.confirmed:
            return
    before = await queries.last_result(session, person_id)
    was_open = before is not None and await _lets_in(session, before)
    result = result_of(person_id, answer, now)
    session.add(result)
    # What is hidden from the person was found all the same: looking for it would find it again and again.
    await _settle(session, result, look=result.outcome == found)
    event = events.of_result(result)
    if event is not None and _state(before) != _state(result):
        await publish(session, row, event)
    if unasked and before is not None and not was_open and improved(before.outcome, result.outcome):
        await publish(session, row, events.of_correction(result))
    await journal.record(
        session,
        actor=ACTOR,
        action="match.checked",
        object_=f"match/{result.reference}",
        person_id=person_id,
        result=answer.outcome,
        reason="recheck" if unasked else None,
        fields=[f"{item.field}:{item.result}" for item in answer.fields],
    )


async def _compared_with_typed(
    session: WriteSession, row: Person, answer: MatchAnswer, now: datetime
) -> MatchAnswer:
    """What typed data come to: agreement that gives the number, or nothing found, whatever the register holds (T6)."""
    await keep_silently(session, row, answer, now=now)
    if row.snils_level == ProofLevel.REGISTER_MATCHED and row.holds_snils:
        return answer
    return MatchAnswer(outcome="not_found", fields=[])


async def _lets_in(session: WriteSession, result: MatchResult) -> bool:
    """The outcome opens the cabinet, by itself or by the person's own word."""
    if result.outcome == "weak":
        return await queries.is_confirmed_by_person(session, result)
    return result.outcome not in WATCHED


async def _settle(session: WriteSession, result: MatchResult, *, look: bool) -> None:
    """The owed match is made; who is not let in by it is watched from now on (`look`), others no longer."""
    task = await queries.task_of(session, result.person_id)
    if task is not None:
        await session.delete(task)
    watch = await queries.watch_of(session, result.person_id)
    await session.flush()
    if not look or await _lets_in(session, result):
        if watch is not None:
            await session.delete(watch)
        return
    if watch is None:
        watch = MatchWatch(
            person_id=result.person_id,
            outcome=result.outcome,
            since=result.matched_at,
            next_look_at=result.matched_at,
        )
    watch.outcome, watch.specialist_id = result.outcome, result.specialist_id
    session.add(watch)


def _state(result: MatchResult | None) -> tuple[object, ...] | None:
    """What others know of a match: outcome, record, and which fields differ."""
    if result is None:
        return None
    levels = tuple((item["field"], item["result"]) for item in result.fields)
    return result.outcome, result.specialist_id, levels


async def owe_match(
    session: WriteSession, person_id: UUID, *, now: datetime, due: datetime | None = None
) -> None:
    """Owe the person a match from now on: should this process die before it asks, the worker does it.

    For the transaction that opens the way to the register; `match_person` settles it. The person's row must be locked.
    Without `due` the caller makes it and the worker waits a little; with it the worker makes it then, or earlier if that
    was owed already.
    """
    wanted = due or now + timedelta(seconds=retry_delay_s(0))
    task = await queries.task_of(session, person_id)
    if task is None:
        session.add(MatchTask(person_id=person_id, requested_at=now, next_attempt_at=wanted))
    elif due is not None:
        task.next_attempt_at = min(task.next_attempt_at, due)
        session.add(task)


async def put_off(session: WriteSession, person_id: UUID, *, until: datetime) -> None:
    """Leave an owed match alone until then."""
    await person_for_update(session, person_id)
    task = await queries.task_of(session, person_id)
    if task is not None:
        task.next_attempt_at = until
        session.add(task)


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
