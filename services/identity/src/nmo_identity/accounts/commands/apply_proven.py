"""Keep what a provider proves about a person: values, proofs, the claim to the number (security 2.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from nmo_identity.accounts import queries
from nmo_identity.accounts.commands.freeze import freeze_person
from nmo_identity.accounts.errors import SnilsTaken
from nmo_identity.accounts.rules import LOCAL, ProofLevel, claim_verdict, may_overwrite
from nmo_identity.accounts.tables import Account, Person, Proof
from nmo_identity.providers.port import ContactProof, ProvenPerson
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


@dataclass(slots=True)
class Applied:
    """What a sign-in changed."""

    changed: list[str] = field(default_factory=list)
    frozen: list[Account] = field(default_factory=list)
    """Ways in of a weaker holder of the number; whoever calls ends their sessions and writes to the owner."""


async def apply_proven(
    session: WriteSession,
    person: Person,
    account: Account,
    proven: ProvenPerson,
    *,
    cipher: FieldCipher,
    now: datetime,
) -> Applied:
    """Take over what the provider proves, unless another way in of the person proved more.

    The person's row is locked or new; the account is theirs, stored by the caller. Contacts that the person keeps at the
    portal themselves (a confirmed local account) are never replaced by those of a provider.

    Raises:
        SnilsTaken: another account holds the number by an equal or stronger proof; nothing is merged.
    """
    account.level = ProofLevel.ESIA_PROVEN if proven.confirmed else ProofLevel.SELF_TYPED
    others = [row for row in await queries.accounts_of(session, person.id) if row.id != account.id]
    if not may_overwrite(account.level, [row.level for row in others if row.state != "closed"]):
        return Applied()
    confirmed_here = any(row.provider_key == LOCAL and row.state == "active" for row in others)
    applied = Applied(_apply(person, proven, cipher, now, confirmed_here=confirmed_here))
    applied.frozen = await _claim_number(session, person, proven, cipher, now)
    return applied


def _apply(
    person: Person, proven: ProvenPerson, cipher: FieldCipher, now: datetime, *, confirmed_here: bool
) -> list[str]:
    """Take the provider's values over; names of the fields that differ from before."""
    known = queries.opened(person, cipher)
    changed = []
    values: dict[str, object] = {
        "last_name": proven.last_name,
        "first_name": proven.first_name,
        "patronymic": proven.patronymic,
        "gender": proven.gender,
        "citizenship": proven.citizenship,
        "confirmed": proven.confirmed or confirmed_here,
        **_contact("email", person, proven.email, own=confirmed_here),
        **_contact("phone", person, proven.phone, own=confirmed_here),
    }
    for name, value in values.items():
        if getattr(person, name) != value:
            setattr(person, name, value)
            changed.append(name)
    if known.birth_on != proven.birth_on:
        changed.append("birth_on")
        birth = proven.birth_on
        person.birth_sealed = (
            None
            if birth is None
            else cipher.encrypt(birth.isoformat(), aad=queries.place(person.id, "birth_sealed"))
        )
    if known.snils != proven.snils:
        changed.append("snils")
        number = proven.snils
        person.snils_sealed = (
            None if number is None else cipher.encrypt(number, aad=queries.place(person.id, "snils_sealed"))
        )
    if changed:
        person.updated_at = now
    return changed


def _contact(name: str, person: Person, told: ContactProof | None, *, own: bool) -> dict[str, object]:
    if (own or getattr(person, f"{name}_own")) and getattr(person, f"{name}_verified"):
        return {}
    return {name: told.value if told else None, f"{name}_verified": bool(told and told.verified)}


async def _claim_number(
    session: WriteSession, person: Person, proven: ProvenPerson, cipher: FieldCipher, now: datetime
) -> list[Account]:
    """Give the person the number if their proof is strong enough; the ways in of a weaker holder are frozen."""
    if proven.snils is None:
        person.snils_index, person.snils_level, person.holds_snils = None, ProofLevel.NONE, False
        return []
    index = cipher.blind_index(proven.snils)
    level = ProofLevel.ESIA_PROVEN if proven.proves_snils else ProofLevel.SELF_TYPED
    if level == ProofLevel.SELF_TYPED:
        # A number nobody proved reserves nothing, so nobody can squat on a doctor's number.
        person.snils_index, person.snils_level, person.holds_snils = index, level, False
        return []
    with session.no_autoflush:
        holder = await queries.holder_of(session, index)
    frozen: list[Account] = []
    if holder is not None and holder.id != person.id:
        if claim_verdict(level, holder.snils_level) == "refuse":
            raise SnilsTaken
        with session.no_autoflush:
            frozen = await freeze_person(session, holder.id, reason="stronger_proof", cipher=cipher, now=now)
        holder.holds_snils = False
        session.add(holder)
        await session.flush()
    person.snils_index, person.snils_level, person.holds_snils = index, level, True
    return frozen


def add_proofs(
    session: WriteSession, person: Person, account: Account, proven: ProvenPerson, now: datetime
) -> None:
    """One row for each datum the provider vouches for; the number has a level of its own."""
    level = ProofLevel.ESIA_PROVEN if proven.confirmed else ProofLevel.SELF_TYPED
    kinds = ["name"]
    if proven.birth_on:
        kinds.append("birth_date")
    if proven.snils:
        kinds.append("snils")
    if proven.confirmed:
        kinds.append("confirmed_account")
    kinds += [
        name
        for name, contact in (("email", proven.email), ("phone", proven.phone))
        if contact is not None and contact.verified
    ]
    for kind in kinds:
        session.add(
            Proof(
                person_id=person.id,
                account_id=account.id,
                kind=kind,
                level=_number_level(proven) if kind == "snils" else level,
                issuer=proven.issuer,
                value_index=person.snils_index if kind == "snils" else None,
                proved_at=now,
            )
        )


def _number_level(proven: ProvenPerson) -> ProofLevel:
    return ProofLevel.ESIA_PROVEN if proven.proves_snils else ProofLevel.SELF_TYPED
