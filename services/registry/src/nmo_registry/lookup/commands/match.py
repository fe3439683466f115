"""Matches proven data of a person with the register (MAT-01, MAT-07), from the mirror or, when it must, from the source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from nmo_kit import clock, journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.principal import Principal
from nmo_kit.snils import Snils
from nmo_registry.lookup.commands.read_person import PersonReader
from nmo_registry.lookup.errors import CardSetAside, RegisterUnavailable
from nmo_registry.lookup.queries import mirrored_by_snils
from nmo_registry.lookup.rules import (
    Field,
    FieldLevel,
    Match,
    Outcome,
    PersonName,
    Purpose,
    mask_date,
    mask_name,
    match_person,
)
from nmo_registry.settings import RegistrySettings
from nmo_registry.sync.queries import state


@dataclass(frozen=True, slots=True)
class Claim:
    """Proven data of a person, and how to answer about them.

    Attributes:
        person_id: their account, for the journal; None when identity does not tell it.
        refresh: ask the register first even if the mirror holds the person.
        purpose: what the comparison is for; of data that were only typed the person's journal tells no outcome.
    """

    snils: Snils
    name: PersonName
    person_id: UUID | None
    refresh: bool
    purpose: Purpose = "sign_in"


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """One field: how it compares, the code of why, and the register's value masked."""

    field: Field
    result: FieldLevel
    reason: str
    register_masked: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome; `fetched_at` is the age of what it rests on."""

    outcome: Outcome | Literal["not_found"]
    specialist_id: UUID | None
    fields: tuple[ComparedValue, ...]
    register_version: str | None
    fetched_at: datetime | None


class Matcher:
    """Answers who a proven person is in the register."""

    def __init__(
        self, database: Database, reader: PersonReader, cipher: FieldCipher, settings: RegistrySettings
    ) -> None:
        """Take what a match needs; nothing is asked yet."""
        self._db = database
        self._reader = reader
        self._cipher = cipher
        self._settings = settings

    async def match(self, claim: Claim, *, by: Principal) -> Answer:
        """Compare, and journal outcome and compared fields.

        The mirror answers; a СНИЛС it does not hold, or `refresh`, is asked at the register for this one person. While the
        register is silent the mirror answers with its age (FRM-10).

        Raises:
            RegisterUnavailable: the mirror does not hold the person, is too old to say «not found», and the register is
                silent.
            CardSetAside: the mirror does not hold the person, and the register's answer about them cannot be read.

        Side effects: a journal row; the person's record in the mirror when the register was asked.
        """
        if not claim.refresh and (answer := await self._from_mirror(claim, by)):
            return answer
        reading = await self._reader.read(claim.snils, fresh=claim.refresh)
        if answer := await self._from_mirror(claim, by):
            return answer
        if reading.unreadable:
            raise CardSetAside
        absent = Answer("not_found", None, (), None, reading.asked_at or await self._trusted_since())
        await self._journal(claim, absent, by)
        return absent

    async def _from_mirror(self, claim: Claim, by: Principal) -> Answer | None:
        """The answer for a person whom the mirror holds, journalled."""
        found = await mirrored_by_snils(self._db, claim.snils, self._cipher)
        if found is None:
            return None
        match = match_person(claim.name, found.name, former_last_names=found.former)
        answer = Answer(
            outcome=match.outcome,
            specialist_id=found.id,
            fields=_compared(match, found.name),
            register_version=found.register_version,
            fetched_at=found.confirmed_at,
        )
        await self._journal(claim, answer, by)
        return answer

    async def _trusted_since(self) -> datetime:
        async with self._db.read() as session:
            progress = await state(session)
        last = progress.last_success_at
        if last is None or clock.now() - last > timedelta(seconds=self._settings.mirror_trust_s):
            raise RegisterUnavailable
        return last

    async def _journal(self, claim: Claim, answer: Answer, by: Principal) -> None:
        if claim.purpose == "typed_data":
            await self._journal_silently(claim, by)
            return
        subject = answer.specialist_id or self._cipher.blind_index(claim.snils).hex()[:16]
        await journal.record(
            self._db,
            actor=by,
            action="registry.match",
            object_=f"specialist/{subject}",
            person_id=claim.person_id,
            result=answer.outcome,
            reason=answer.register_version,
            fields=[f"{item.field}:{item.result}" for item in answer.fields],
            purpose=claim.purpose,
        )

    async def _journal_silently(self, claim: Claim, by: Principal) -> None:
        """Whoever types another's number reads this row as their own: it must not say whom the register holds (T6)."""
        await journal.record(
            self._db,
            actor=by,
            action="registry.match",
            object_=f"person/{claim.person_id}",
            person_id=claim.person_id,
            result="kept",
            purpose=claim.purpose,
        )


def _compared(match: Match, record: PersonName) -> tuple[ComparedValue, ...]:
    masked: dict[Field, str | None] = {
        "last_name": mask_name(record.last_name),
        "first_name": mask_name(record.first_name),
        "patronymic": mask_name(record.patronymic),
        "birth_on": mask_date(record.birth_on),
    }
    return tuple(
        ComparedValue(item.field, item.result, item.reason, masked[item.field]) for item in match.fields
    )
