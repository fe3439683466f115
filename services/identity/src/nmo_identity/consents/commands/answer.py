"""Grant, refuse or withdraw the consent: an append-only answer with its text's version."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts.events import publish
from nmo_identity.accounts.queries import person_for_update
from nmo_identity.consents import events, queries
from nmo_identity.consents.errors import ConsentTextOutdated
from nmo_identity.consents.rules import PURPOSE
from nmo_identity.consents.tables import ConsentEvent, ConsentText
from nmo_kit import journal
from nmo_kit.db import WriteSession
from nmo_kit.principal import Principal


async def grant_consent(session: WriteSession, *, by: Principal, text_version: str, now: datetime) -> bool:
    """Keep the agreement with the text in force (SSO-03); returns False if it was given already.

    Writes the answer, a journal row and the event `consent.granted`.

    Raises:
        ConsentTextOutdated: the person saw another version.
    """
    person = await person_for_update(session, by.person_id)
    text = await _text_seen(session, text_version)
    last = await queries.last_answer(session, person.id)
    if last is not None and last.kind == "granted" and last.text_version == text.version:
        return False
    row = _answer("granted", by, text, now)
    session.add(row)
    await publish(session, person, events.granted(row))
    await _record(session, by, row)
    return True


async def refuse_consent(session: WriteSession, *, by: Principal, text_version: str, now: datetime) -> bool:
    """Keep the refusal of the text in force (SSO-03); returns False if it was given already.

    Said while a consent is in force it takes that one back, event included. Writes the answer and a journal row.

    Raises:
        ConsentTextOutdated: the person saw another version.
    """
    person = await person_for_update(session, by.person_id)
    text = await _text_seen(session, text_version)
    last = await queries.last_answer(session, person.id)
    if last is not None and last.kind == "granted":
        return await withdraw_consent(session, by=by, now=now)
    if last is not None and last.kind == "refused" and last.text_version == text.version:
        return False
    row = _answer("refused", by, text, now)
    session.add(row)
    await _record(session, by, row)
    return True


async def withdraw_consent(session: WriteSession, *, by: Principal, now: datetime) -> bool:
    """Take the consent back (SSO-04); returns False if there was none in force.

    Writes the answer, a journal row and the event `consent.withdrawn`.
    """
    person = await person_for_update(session, by.person_id)
    last = await queries.last_answer(session, person.id)
    if last is None or last.kind != "granted":
        return False
    row = _answer("withdrawn", by, last, now)
    session.add(row)
    await publish(session, person, events.withdrawn(row))
    await _record(session, by, row)
    return True


async def _text_seen(session: WriteSession, version: str) -> ConsentText:
    """The text in force, if it is the one the person saw."""
    text = await queries.current_text(session)
    if text.version != version:
        raise ConsentTextOutdated
    return text


def _answer(kind: str, by: Principal, text: ConsentText | ConsentEvent, now: datetime) -> ConsentEvent:
    """The row of an answer to a text, or to the text of an earlier answer."""
    return ConsentEvent(
        person_id=by.person_id,
        purpose=PURPOSE,
        kind=kind,
        text_version=text.text_version if isinstance(text, ConsentEvent) else text.version,
        text_hash=text.text_hash,
        at=now,
        sid=by.sid,
    )


async def _record(session: WriteSession, by: Principal, row: ConsentEvent) -> None:
    await journal.record(
        session,
        actor=by,
        action=f"consent.{row.kind}",
        object_=f"consent_text/{row.text_version}",
        person_id=row.person_id,
        purpose=row.purpose,
    )
