"""Answers of people, as the registry heeds them: the card is not shown after the main consent is taken back."""

from __future__ import annotations

from uuid import UUID

from nmo_contracts.acknowledgements import RegistryConsentAppliedV1, RegistryPersonForgottenV1
from nmo_kit.consents import Heeding
from nmo_kit.db import WriteSession


async def _erase(_session: WriteSession, _person_id: UUID) -> dict[str, int]:
    """The mirror knows specialists by the register's ids, not by accounts; the link between both is identity's."""
    return {}


HEEDING = Heeding(
    applied=RegistryConsentAppliedV1,
    forgotten=RegistryPersonForgottenV1,
    erase=_erase,
    kept={
        "specialist": "копия федерального регистра медицинских работников: 323-ФЗ, статья 91.1; "
        "связь с учётной записью портала уничтожена"
    },
)
