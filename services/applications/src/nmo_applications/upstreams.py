"""What applications ask others for, each time with a purpose: who applies (identity), where they work (registry)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nmo_kit.errors import ConsentRequired, NotFound
from nmo_kit.http import ServiceClient, ServiceTokens, UpstreamProblem, UpstreamUnavailable
from nmo_kit.principal import Principal

FORM_PURPOSE = "application_form"
QUEUE_PURPOSE = "application_queue"
SUPPORT_PURPOSE = "support_request"
SUPPORT_QUEUE_PURPOSE = "support_queue"


class Applicant(BaseModel):
    """Who applies, as proven to identity; frozen with the application when it is submitted."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    last_name: str
    first_name: str
    patronymic: str | None = None
    snils: str
    full_name: str
    short_name: str


class RequestPerson(BaseModel):
    """Who turned to support, as identity holds them now; nothing of it is kept here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    full_name: str
    short_name: str
    birth_on: date | None = None
    snils: str | None = None
    email: str | None = None
    phone: str | None = None


class Employment(BaseModel):
    """One present employment of the person in the register."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    employer_oid: str
    employer_name: str
    employer_address: str
    region_code: str
    position: str
    state_budget: bool


class Upstreams:
    """The two owners that applications ask."""

    def __init__(self, *, identity_url: str, registry_url: str, tokens: ServiceTokens | None) -> None:
        """`tokens` are this service's own; without them every question is refused by the other side."""
        self._identity = ServiceClient(identity_url, "identity", tokens)
        self._registry = ServiceClient(registry_url, "registry", tokens)

    async def applicant(self, person_id: UUID) -> Applicant:
        """The proven data of a person who fills a form.

        Raises:
            UpstreamUnavailable: identity does not answer, or refuses.
            NotFound: identity knows no such person.
        """
        items = await self._disclose([person_id], FORM_PURPOSE)
        if not items:
            raise NotFound
        return Applicant.model_validate(items[0])

    async def short_names(self, person_ids: Iterable[UUID]) -> dict[UUID, str]:
        """«Фамилия И. О.» of the people in one page of a queue: one question for all of them.

        Raises:
            UpstreamUnavailable: identity does not answer, or refuses.
        """
        return await self._names(person_ids, QUEUE_PURPOSE)

    async def request_person(self, person_id: UUID) -> RequestPerson:
        """Who turned to support, for the employee who works on the request; identity journals the look.

        Raises:
            UpstreamUnavailable: identity does not answer, or refuses.
            NotFound: identity knows no such person.
        """
        items = await self._disclose([person_id], SUPPORT_PURPOSE)
        if not items:
            raise NotFound
        return RequestPerson.model_validate(items[0])

    async def request_names(self, person_ids: Iterable[UUID]) -> dict[UUID, str]:
        """«Фамилия И. О.» of the people whose requests an employee has taken.

        Raises:
            UpstreamUnavailable: identity does not answer, or refuses.
        """
        return await self._names(person_ids, SUPPORT_QUEUE_PURPOSE)

    async def employments(self, viewer: Principal) -> list[Employment]:
        """Present employments of the caller in the register; none for somebody who is not in it. The registry journals it.

        Raises:
            ConsentRequired: the person took the consent back meanwhile.
            UpstreamUnavailable: the register's mirror does not answer, or refuses.
        """
        if viewer.specialist_id is None:
            return []
        body = {
            "person_id": str(viewer.person_id),
            "specialist_id": str(viewer.specialist_id),
            "purpose": FORM_PURPOSE,
        }
        answer = await _ask(self._registry, "registry", "/internal/employments", body)
        return [Employment.model_validate(item) for item in answer["items"]]

    async def close(self) -> None:
        """Close connections."""
        await self._identity.close()
        await self._registry.close()

    async def _names(self, person_ids: Iterable[UUID], purpose: str) -> dict[UUID, str]:
        wanted = sorted(set(person_ids))
        if not wanted:
            return {}
        items = await self._disclose(wanted, purpose)
        return {UUID(item["person_id"]): str(item["short_name"]) for item in items}

    async def _disclose(self, person_ids: list[UUID], purpose: str) -> list[dict[str, Any]]:
        body = {"person_ids": [str(person_id) for person_id in person_ids], "purpose": purpose}
        answer = await _ask(self._identity, "identity", "/internal/persons/disclose", body)
        items: list[dict[str, Any]] = answer["items"]
        return items


async def _ask(client: ServiceClient, service: str, path: str, body: dict[str, Any]) -> Any:
    try:
        return await client.post_json(path, body)
    except UpstreamProblem as problem:
        if problem.code == ConsentRequired.code:
            raise ConsentRequired from problem
        # A refusal between services is a fault of the installation; the person can only come back later.
        raise UpstreamUnavailable(service) from problem
