"""Answers of people, as the registry heeds them: the card is not shown after the main consent is taken back."""

from __future__ import annotations

from uuid import UUID

from nmo_contracts.acknowledgements import RegistryConsentAppliedV1, RegistryPersonForgottenV1
from nmo_kit.consents import Heeding
from nmo_kit.db import WriteSession
from nmo_registry.own_documents.commands.forget import forget_documents
from nmo_registry.staff.commands.link import forget_link


async def _erase(session: WriteSession, person_id: UUID) -> dict[str, int]:
    """What the person added by hand, and whose record their account is; the mirror itself is the register's."""
    return {**await forget_documents(session, person_id), **await forget_link(session, person_id)}


HEEDING = Heeding(
    applied=RegistryConsentAppliedV1,
    forgotten=RegistryPersonForgottenV1,
    erase=_erase,
    kept={
        "specialist": "копия федерального регистра медицинских работников: 323-ФЗ, статья 91.1; "
        "связь с учётной записью портала уничтожена"
    },
)
