"""Matches owed since the register did not answer: the worker tries again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from nmo_identity.matching import queries
from nmo_identity.matching.commands.match_person import match_person
from nmo_identity.matching.register import Register
from nmo_identity.matching.rules import retry_delay_s
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database

BATCH = 20


async def retry_due_matches(db: Database, register: Register, cipher: FieldCipher, *, now: datetime) -> int:
    """Try the owed matches whose time has come; returns how many were tried.

    Tasks are claimed by pushing their next time ahead, so that two workers do not ask for one person at once.
    """
    async with db.write() as session:
        tasks = await queries.claim_due_tasks(session, now, BATCH)
        for task in tasks:
            task.next_attempt_at = now + timedelta(seconds=retry_delay_s(task.attempts))
            session.add(task)
        person_ids = [task.person_id for task in tasks]
    for person_id in person_ids:
        outcome = await match_person(db, register, cipher, person_id, now=now, unasked=True)
        if outcome is None:
            await _drop(db, person_id)
    return len(person_ids)


async def _drop(db: Database, person_id: UUID) -> None:
    """Nothing is owed to a person who took the consent back."""
    async with db.write() as session:
        task = await queries.task_of(session, person_id)
        if task is not None:
            await session.delete(task)
        watch = await queries.watch_of(session, person_id)
        if watch is not None:
            await session.delete(watch)
