"""Asking applications for the values of an approved change; nobody else may learn them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nmo_kit.clock import CalendarDate
from nmo_kit.errors import Unavailable
from nmo_kit.http import ServiceClient, UpstreamProblem
from nmo_kit.messaging import Permanent, Transient
from nmo_kit.snils import Snils

AUDIENCE = "applications"
PURPOSE = "apply_change"


class NewValues(BaseModel):
    """Values that replace the present ones; a field that is not set stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    last_name: str | None = Field(default=None, min_length=1, max_length=200)
    first_name: str | None = Field(default=None, min_length=1, max_length=200)
    patronymic: str | None = Field(default=None, max_length=200)
    birth_on: CalendarDate | None = None
    snils: Snils | None = None
    email: str | None = Field(default=None, max_length=254)

    @property
    def given(self) -> dict[str, str | date | None]:
        """The fields that are to change."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class ApprovedChange(BaseModel):
    """One approved change as applications tells it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person_id: UUID
    values: NewValues


class ChangeSource:
    """The applications service over HTTP, with a token identity signs for itself."""

    def __init__(self, base_url: str, token: Callable[[str], Awaitable[str]]) -> None:
        """`token` gives a bearer token for an audience."""
        self._client = ServiceClient(base_url, AUDIENCE, timeout_s=3.0)
        self._token = token

    async def approved(self, request_id: UUID) -> ApprovedChange:
        """The values of an approved change.

        Raises:
            Transient: applications does not answer.
            Permanent: it knows no such approved change, or tells nonsense.
        """
        body = {"request_id": str(request_id), "purpose": PURPOSE}
        try:
            answer = await self._client.post_json(
                "/internal/changes/disclose", body, token=await self._token(AUDIENCE)
            )
            return ApprovedChange.model_validate(answer)
        except Unavailable as error:
            raise Transient(type(error).__name__) from None
        except UpstreamProblem as problem:
            raise Permanent(f"applications answered {problem.status}") from None
        except ValidationError:
            # The error holds the values: it goes no further.
            raise Permanent("the change is malformed") from None

    async def close(self) -> None:
        """Close connections."""
        await self._client.close()
