"""Give a proven way in to another person of the same human; the person it leaves is empty after."""

from __future__ import annotations

from datetime import datetime

from nmo_identity.accounts import queries
from nmo_identity.accounts.rules import LOCAL, ProofLevel
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.providers.port import ContactProof, ProvenPerson
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession

NO_TOKEN = b""


async def move_account(
    session: WriteSession, account: Account, *, source: Person, target: Person, now: datetime
) -> None:
    """Move the only way in of `source`, which nobody ever used, to `target`. Both rows are locked.

    A local account brings its confirmed contacts: letters go where its owner asked for. What the empty row knew of the
    person is wiped; the row itself stays, because journal and proofs tell of it.
    """
    if account.provider_key == LOCAL:
        for name in ("email", "phone"):
            if getattr(source, f"{name}_verified"):
                setattr(target, name, getattr(source, name))
                setattr(target, f"{name}_verified", True)
    for name in ("email", "phone", "patronymic", "gender", "citizenship", "birth_sealed", "snils_sealed"):
        setattr(source, name, None)
    source.last_name = source.first_name = ""
    source.snils_index, source.snils_level, source.holds_snils = None, ProofLevel.NONE, False
    source.email_verified = source.phone_verified = source.confirmed = False
    source.version += 1
    source.updated_at = target.updated_at = now
    account.person_id, account.linked_at = target.id, now
    target.version += 1
    session.add_all([source, target, account])
    # The number must be free in the table before the other person claims it.
    await session.flush()


def proven_of(person: Person, account: Account, cipher: FieldCipher, *, now: datetime) -> ProvenPerson:
    """What a provider proved of a person at their last sign-in, read back from the row."""
    known = queries.opened(person, cipher)
    return ProvenPerson(
        issuer=account.issuer,
        subject=account.subject,
        confirmed=person.confirmed,
        proves_snils=person.snils_level == ProofLevel.ESIA_PROVEN and known.snils is not None,
        last_name=person.last_name,
        first_name=person.first_name,
        patronymic=person.patronymic,
        birth_on=known.birth_on,
        gender=person.gender,
        citizenship=person.citizenship,
        snils=known.snils,
        email=ContactProof(person.email, person.email_verified) if person.email else None,
        phone=ContactProof(person.phone, person.phone_verified) if person.phone else None,
        auth_time=now,
        acr="",
        provider_session=None,
        token_hash=NO_TOKEN,
        token_expires_at=now,
    )
