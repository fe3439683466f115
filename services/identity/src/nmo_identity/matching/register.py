"""Asking the register's mirror: the one synchronous call between services on this path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from nmo_contracts.identity import MatchOutcome
from nmo_kit.errors import Unavailable
from nmo_kit.http import ServiceClient, UpstreamProblem
from nmo_kit.snils import Snils

AUDIENCE = "registry"
TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class MatchQuestion:
    """What ЕСИА has proven about the person, or they typed; `fresh` asks past the mirror.

    `person_id` and `purpose` are for the journal there, which tells the person no outcome of data that were only typed.
    """

    person_id: UUID
    snils: Snils
    last_name: str
    first_name: str
    patronymic: str | None
    birth_on: date
    fresh: bool = False
    purpose: Literal["sign_in", "recheck", "typed_data"] = "sign_in"


class ComparedField(BaseModel):
    """One field's comparison; the register's value only masked."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    field: Literal["last_name", "first_name", "patronymic", "birth_on"]
    result: Literal["equal", "equivalent", "weak", "conflict"]
    reason: str = ""
    register_masked: str | None = None


class MatchAnswer(BaseModel):
    """The register's verdict."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    outcome: MatchOutcome
    specialist_id: UUID | None = None
    fields: list[ComparedField]
    register_version: str | None = None
    fetched_at: datetime | None = None


class KnownAnswer(BaseModel):
    """Which numbers the mirror holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    known: list[Snils]


class RegisterUnavailable(Exception):  # noqa: N818 a state of the other service
    """No usable answer in time; the match is owed to the person."""


class Register(Protocol):
    """The register as matching needs it."""

    async def match(self, question: MatchQuestion) -> MatchAnswer:
        """Compare.

        Raises:
            RegisterUnavailable: no usable answer in time.
        """

    async def known(self, numbers: Sequence[Snils]) -> frozenset[Snils]:
        """Those of the numbers (200 at most) that the mirror holds now; its source is not asked.

        Raises:
            RegisterUnavailable: no usable answer in time.
        """


class HttpRegister:
    """The registry service over HTTP, with a token identity signs for itself."""

    def __init__(self, base_url: str, token: Callable[[str], Awaitable[str]]) -> None:
        """`token` gives a bearer token for an audience."""
        self._client = ServiceClient(base_url, AUDIENCE, timeout_s=TIMEOUT_S)
        self._token = token

    async def match(self, question: MatchQuestion) -> MatchAnswer:
        """POST /internal/match, 3 s at most."""
        body = {
            "snils": str(question.snils),
            "last_name": question.last_name,
            "first_name": question.first_name,
            "patronymic": question.patronymic,
            "birth_on": question.birth_on.isoformat(),
            "person_id": str(question.person_id),
            "refresh": question.fresh,
            "purpose": question.purpose,
        }
        try:
            answer = await self._client.post_json("/internal/match", body, token=await self._token(AUDIENCE))
            return MatchAnswer.model_validate(answer)
        except (Unavailable, UpstreamProblem, ValidationError) as error:
            # The validation error holds the answer, which may hold personal data: it goes no further.
            raise RegisterUnavailable(type(error).__name__) from None

    async def known(self, numbers: Sequence[Snils]) -> frozenset[Snils]:
        """POST /internal/known, 3 s at most."""
        body = {"snils": [str(number) for number in numbers]}
        try:
            answer = await self._client.post_json("/internal/known", body, token=await self._token(AUDIENCE))
            return frozenset(KnownAnswer.model_validate(answer).known)
        except (Unavailable, UpstreamProblem, ValidationError) as error:
            raise RegisterUnavailable(type(error).__name__) from None

    async def close(self) -> None:
        """Close connections."""
        await self._client.close()
