"""Keep what a provider proved at a sign-in: person, account, proofs, claim to the number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nmo_identity.accounts import events, queries
from nmo_identity.accounts.errors import AccountFrozen, SnilsTaken
from nmo_identity.accounts.rules import ProofLevel, claim_verdict
from nmo_identity.accounts.tables import Account, Person, Proof
from nmo_identity.providers.port import ProvenPerson
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession


@dataclass(frozen=True, slots=True)
class SignInRecord:
    """What the sign-in left."""

    person: Person
    account: Account
    is_new: bool
    changed: list[str]


async def record_sign_in(
    session: WriteSession, proven: ProvenPerson, *, provider_key: str, cipher: FieldCipher, now: datetime
) -> SignInRecord:
    """Create or refresh the person behind (issuer, subject).

    Writes person, account, proofs, journal rows; events `person.registered` or `person.changed`.

    Raises:
        SnilsTaken: another account holds the number by an equal or stronger proof; nothing is merged.
        AccountFrozen: a stronger proof took this account's number before.
    """
    account = await queries.account_of(session, proven.issuer, proven.subject)
    if account is None:
        person = Person(last_name="", first_name="", created_at=now, updated_at=now)
        account = Account(
            person_id=person.id,
            provider_key=provider_key,
            issuer=proven.issuer,
            subject=proven.subject,
            created_at=now,
            last_login_at=now,
        )
        is_new = True
    else:
        if account.state != "active":
            raise AccountFrozen
        person = await queries.person_for_update(session, account.person_id)
        account.last_login_at = now
        is_new = False
    changed = _apply(person, proven, cipher, now)
    await _claim_number(session, person, proven, cipher)
    session.add(person)
    await session.flush()
    session.add(account)
    await session.flush()
    if is_new or changed:
        _add_proofs(session, person, account, proven, now)
    await _tell(session, person, provider_key, is_new=is_new, changed=changed, now=now)
    return SignInRecord(person, account, is_new, changed)


def _apply(person: Person, proven: ProvenPerson, cipher: FieldCipher, now: datetime) -> list[str]:
    """Take the provider's values over; names of the fields that differ from before."""
    known = queries.opened(person, cipher)
    changed = []
    values: dict[str, object] = {
        "last_name": proven.last_name,
        "first_name": proven.first_name,
        "patronymic": proven.patronymic,
        "gender": proven.gender,
        "citizenship": proven.citizenship,
        "email": proven.email.value if proven.email else None,
        "email_verified": bool(proven.email and proven.email.verified),
        "phone": proven.phone.value if proven.phone else None,
        "phone_verified": bool(proven.phone and proven.phone.verified),
        "confirmed": proven.confirmed,
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


async def _claim_number(
    session: WriteSession, person: Person, proven: ProvenPerson, cipher: FieldCipher
) -> None:
    """Give the person the number if their proof is strong enough; a weaker holder is frozen."""
    if proven.snils is None:
        person.snils_index, person.snils_level, person.holds_snils = None, ProofLevel.NONE, False
        return
    index = cipher.blind_index(proven.snils)
    level = ProofLevel.ESIA_PROVEN if proven.proves_snils else ProofLevel.SELF_TYPED
    if level == ProofLevel.SELF_TYPED:
        # A number nobody proved reserves nothing, so nobody can squat on a doctor's number.
        person.snils_index, person.snils_level, person.holds_snils = index, level, False
        return
    with session.no_autoflush:
        holder = await queries.holder_of(session, index)
    if holder is not None and holder.id != person.id:
        if claim_verdict(level, holder.snils_level) == "refuse":
            raise SnilsTaken
        await _freeze(session, holder)
    person.snils_index, person.snils_level, person.holds_snils = index, level, True


async def _freeze(session: WriteSession, holder: Person) -> None:
    holder.holds_snils = False
    session.add(holder)
    for account in await queries.accounts_of(session, holder.id):
        account.state = "frozen"
        session.add(account)
    await session.flush()
    await journal.record(
        session,
        actor="identity.accounts",
        action="account.frozen",
        object_=f"person/{holder.id}",
        person_id=holder.id,
        reason="stronger_proof",
    )


def _add_proofs(
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
                level=person.snils_level if kind == "snils" else level,
                issuer=proven.issuer,
                value_index=person.snils_index if kind == "snils" else None,
                proved_at=now,
            )
        )


async def _tell(
    session: WriteSession,
    person: Person,
    provider_key: str,
    *,
    is_new: bool,
    changed: list[str],
    now: datetime,
) -> None:
    if is_new:
        await events.publish(session, person, events.registered(person, provider_key, now))
        action = "account.registered"
    elif changed:
        await events.publish(session, person, events.changed(person, changed))
        action = "person.changed"
    else:
        return
    await journal.record(
        session,
        actor=str(person.id),
        action=action,
        object_=f"person/{person.id}",
        person_id=person.id,
        fields=[] if is_new else changed,
    )
