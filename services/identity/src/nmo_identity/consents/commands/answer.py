"""Grant, refuse or withdraw the consent to one purpose: an append-only answer with its text's version."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from nmo_contracts.purposes import MAIN, PURPOSES
from nmo_identity.accounts.events import publish
from nmo_identity.accounts.queries import person_for_update
from nmo_identity.accounts.tables import Person
from nmo_identity.consents import events, queries
from nmo_identity.consents.errors import ConsentTextOutdated, MainConsentFirst
from nmo_identity.consents.rules import LANGUAGE, METHOD, PURPOSE
from nmo_identity.consents.tables import ConsentEvent, ConsentRecord, ConsentText
from nmo_identity.erasure.commands.order import cancel_erasure, order_erasure
from nmo_identity.erasure.rules import TERM
from nmo_kit import context, journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def grant_consent(
    session: WriteSession, *, by: Principal, text_version: str, now: datetime, purpose: str = PURPOSE
) -> bool:
    """Keep the agreement with the text in force (SSO-03); returns False if it was given already.

    Writes the answer, the record that receipts are made from, a journal row and the event `consent.granted`. The main
    consent cancels an erasure that has not begun.

    Raises:
        ConsentTextOutdated: the person saw another version.
        MainConsentFirst: the purpose needs the main consent, and it is not in force.
    """
    person = await person_for_update(session, by.person_id)
    text = await _text_seen(session, purpose, text_version)
    answers = await queries.last_answers(session, person.id)
    if purpose != MAIN and not _is_granted(answers.get(MAIN)):
        raise MainConsentFirst
    last = answers.get(purpose)
    if last is not None and last.kind == "granted" and last.text_version == text.version:
        return False
    row = _answer("granted", by, text, now)
    session.add(row)
    await _keep_record(session, row, text)
    await publish(session, person, events.granted(row))
    await _record(session, by, row)
    if purpose == MAIN:
        await cancel_erasure(session, person.id, by=by, now=now)
    return True


async def refuse_consent(
    session: WriteSession,
    *,
    by: Principal,
    text_version: str,
    now: datetime,
    purpose: str = PURPOSE,
    erase_after: timedelta = TERM,
) -> bool:
    """Keep the refusal of the text in force (SSO-03); returns False if it was given already.

    Said while a consent is in force it takes that one back, event included. Writes the answer and a journal row.

    Raises:
        ConsentTextOutdated: the person saw another version.
    """
    person = await person_for_update(session, by.person_id)
    text = await _text_seen(session, purpose, text_version)
    last = await queries.last_answer(session, person.id, purpose)
    if _is_granted(last):
        return await withdraw_consent(session, by=by, now=now, purpose=purpose, erase_after=erase_after)
    if last is not None and last.kind == "refused" and last.text_version == text.version:
        return False
    row = _answer("refused", by, text, now)
    session.add(row)
    await _record(session, by, row)
    return True


async def withdraw_consent(
    session: WriteSession,
    *,
    by: Principal,
    now: datetime,
    purpose: str = PURPOSE,
    erase_after: timedelta = TERM,
) -> bool:
    """Take the consent back (SSO-04, SSO-05); returns False if there was none in force.

    The others rest on the main one and end with it, each with an answer and an event of its own; the person's data are
    then due for destruction (152-FZ, article 21). Writes the answers, journal rows and events `consent.withdrawn`.
    """
    person = await person_for_update(session, by.person_id)
    answers = await queries.last_answers(session, person.id)
    ending = PURPOSES[::-1] if purpose == MAIN else (purpose,)
    rows = [answers[name] for name in ending if _is_granted(answers.get(name))]
    for last in rows:
        await _end(session, person, last, by, now)
    if purpose == MAIN and rows:
        await order_erasure(
            session,
            person.id,
            pseudonym=await pseudonym_of(session, person.id),
            reason="consent_withdrawn",
            by=by,
            now=now,
            term=erase_after,
        )
    return bool(rows)


async def _end(
    session: WriteSession, person: Person, last: ConsentEvent, by: Principal, now: datetime
) -> None:
    row = ConsentEvent(
        person_id=person.id,
        purpose=last.purpose,
        kind="withdrawn",
        text_version=last.text_version,
        text_hash=last.text_hash,
        at=now,
        sid=by.sid,
    )
    session.add(row)
    record = await queries.given_record(session, person.id, last.purpose)
    if record is not None:
        record.state, record.ended_at = "withdrawn", now
    await publish(session, person, events.withdrawn(row))
    await _record(session, by, row)


def _is_granted(answer: ConsentEvent | None) -> bool:
    return answer is not None and answer.kind == "granted"


async def _text_seen(session: WriteSession, purpose: str, version: str) -> ConsentText:
    """The text in force, if it is the one the person saw."""
    text = await queries.current_text(session, purpose)
    if text.version != version:
        raise ConsentTextOutdated
    return text


def _answer(kind: str, by: Principal, text: ConsentText, now: datetime) -> ConsentEvent:
    """The row of an answer to a text."""
    return ConsentEvent(
        person_id=by.person_id,
        purpose=text.purpose,
        kind=kind,
        text_version=text.version,
        text_hash=text.text_hash,
        at=now,
        sid=by.sid,
    )


async def _keep_record(session: WriteSession, row: ConsentEvent, text: ConsentText) -> None:
    """The record of the consent; one given to an older text ends as replaced."""
    earlier = await queries.given_record(session, row.person_id, row.purpose)
    if earlier is not None:
        earlier.state, earlier.ended_at = "replaced", row.at
        await session.flush()
    session.add(
        ConsentRecord(
            person_id=row.person_id,
            pseudonym=await pseudonym_of(session, row.person_id),
            purpose=row.purpose,
            notice_version=text.version,
            notice_hash=text.text_hash,
            categories=[item["code"] for item in text.categories],
            recipients=text.details.get("recipients", []),
            retention=text.details.get("retention", ""),
            method=METHOD,
            language=LANGUAGE,
            jurisdiction=text.details.get("jurisdiction", "RU"),
            ip_prefix=context.ip_prefix.get(),
            given_at=row.at,
        )
    )


async def pseudonym_of(session: WriteSession, person_id: UUID) -> UUID:
    """The name that receipts and acts give the person: kept from the first record on, of no use elsewhere."""
    earlier = await queries.records_of(session, person_id)
    return earlier[0].pseudonym if earlier else uuid4()


async def _record(session: WriteSession, by: Principal, row: ConsentEvent) -> None:
    await journal.record(
        session,
        actor=by,
        action=f"consent.{row.kind}",
        object_=f"consent_text/{row.purpose}/{row.text_version}",
        person_id=row.person_id,
        purpose=row.purpose,
    )
