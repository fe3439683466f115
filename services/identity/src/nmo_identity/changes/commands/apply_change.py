"""Put approved values in the place of the present ones, or say why not."""

from __future__ import annotations

import json
from datetime import date, datetime
from uuid import UUID

from nmo_contracts.applications import ChangeApprovedV1
from nmo_contracts.identity import ChangeAppliedV1
from nmo_identity.accounts import events, queries
from nmo_identity.accounts.rules import ProofLevel
from nmo_identity.accounts.tables import Person
from nmo_identity.changes.source import NewValues
from nmo_identity.changes.tables import AppliedChange
from nmo_identity.consents.queries import is_granted
from nmo_identity.letters.commands.send import send_letter
from nmo_identity.matching.commands.match_person import owe_match
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.snils import Snils

LABELS = {
    "last_name": "фамилия",
    "first_name": "имя",
    "patronymic": "отчество",
    "birth_on": "дата рождения",
    "snils": "СНИЛС",
    "email": "электронная почта",
}
PLAIN = ("last_name", "first_name", "patronymic", "email")


async def apply_change(
    session: WriteSession, order: ChangeApprovedV1, values: NewValues, *, cipher: FieldCipher, now: datetime
) -> str:
    """Carry the change out (REG-04, P12); returns `applied` or `refused`.

    Writes the person, the row with the former values sealed, a journal row that names both employees, and events; a person
    with a consent is compared with the register anew. Refused when somebody else holds the new number: which of two
    people it belongs to is decided before, on documents.
    """
    person = await queries.person_for_update(session, order.person_id)
    before = _present(person, cipher)
    changed = [name for name, value in values.given.items() if before[name] != _text(value)]
    taken = (
        "snils" in changed
        and values.snils is not None
        and await _is_taken(session, person, values.snils, cipher)
    )
    outcome, reason = ("refused", "snils_taken") if taken else ("applied", None)
    if not taken:
        _put(person, values, changed, cipher)
        person.updated_at = now
        session.add(person)
    session.add(
        AppliedChange(
            request_id=order.request_id,
            person_id=person.id,
            number=order.number,
            outcome=outcome,
            reason_code=reason,
            changed=changed,
            before_sealed=_sealed(order.request_id, {name: before[name] for name in changed}, cipher),
            proposed_by=order.proposed_by,
            approved_by=order.approved_by,
            applied_at=now,
        )
    )
    await _tell(session, person, order, outcome, reason, changed)
    if not taken and changed and before["email"]:
        await _warn(session, person, order, before["email"], changed, cipher, now)
    if not taken and changed and person.confirmed and await is_granted(session, person.id):
        await owe_match(session, person.id, now=now, due=now)
    return outcome


async def _is_taken(session: WriteSession, person: Person, snils: Snils, cipher: FieldCipher) -> bool:
    with session.no_autoflush:
        holder = await queries.holder_of(session, cipher.blind_index(snils))
    return holder is not None and holder.id != person.id


def _present(person: Person, cipher: FieldCipher) -> dict[str, str | None]:
    known = queries.opened(person, cipher)
    found: dict[str, str | None] = {name: getattr(person, name) for name in PLAIN}
    return found | {"birth_on": _text(known.birth_on), "snils": _text(known.snils)}


def _text(value: str | date | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else (str(value) if value else None)


def _put(person: Person, values: NewValues, changed: list[str], cipher: FieldCipher) -> None:
    for name in PLAIN:
        if name in changed:
            setattr(person, name, getattr(values, name) or None)
    if "email" in changed:
        person.email_verified = False
    if "birth_on" in changed and values.birth_on is not None:
        place = queries.place(person.id, "birth_sealed")
        person.birth_sealed = cipher.encrypt(values.birth_on.isoformat(), aad=place)
    if "snils" in changed and values.snils is not None:
        place = queries.place(person.id, "snils_sealed")
        person.snils_sealed = cipher.encrypt(values.snils, aad=place)
        person.snils_index = cipher.blind_index(values.snils)
        # Documents seen by two employees weigh less than ЕСИА's own word and more than what somebody typed.
        person.snils_level, person.holds_snils = ProofLevel.REGISTER_MATCHED, True


def _sealed(request_id: UUID, former: dict[str, str | None], cipher: FieldCipher) -> bytes:
    return cipher.encrypt(
        json.dumps(former, ensure_ascii=False), aad=f"applied_change|before_sealed|{request_id}"
    )


async def _tell(
    session: WriteSession,
    person: Person,
    order: ChangeApprovedV1,
    outcome: str,
    reason: str | None,
    changed: list[str],
) -> None:
    if outcome == "applied" and changed:
        await events.publish(session, person, events.changed(person, changed))
    await events.publish(
        session,
        person,
        ChangeAppliedV1(
            person_id=person.id,
            request_id=order.request_id,
            outcome="applied" if outcome == "applied" else "refused",
            reason_code=reason,
            changed=changed,
        ),
    )
    await journal.record(
        session,
        actor="identity.changes",
        action="person.changed_by_support",
        object_=f"request/{order.number}",
        person_id=person.id,
        result="ok" if outcome == "applied" else "refused",
        reason=reason or f"proposed:{order.proposed_by} approved:{order.approved_by}",
        fields=changed,
    )


async def _warn(
    session: WriteSession,
    person: Person,
    order: ChangeApprovedV1,
    address: str,
    changed: list[str],
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Tell the owner at the address that held until now: a change of it must not silence the warning (P12)."""
    await send_letter(
        session,
        kind="data_changed",
        channel="email",
        to=address,
        params={"number": order.number, "fields": ", ".join(LABELS[name] for name in changed)},
        person_id=person.id,
        cipher=cipher,
        now=now,
    )
