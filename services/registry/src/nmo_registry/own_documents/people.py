"""Who sent a document, as identity tells it to the employee who verifies it."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict

from nmo_kit.http import ServiceClient, ServiceTokens, UpstreamProblem, UpstreamUnavailable

logger = structlog.get_logger(__name__)
PURPOSE: Final = "document_verification"


class DocumentOwner(BaseModel):
    """Who sent the document; nothing of it is kept here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    full_name: str
    birth_on: date | None = None
    snils: str | None = None


class People:
    """Identity, asked for one person at a time; it journals each look."""

    def __init__(self, identity_url: str, tokens: ServiceTokens | None) -> None:
        """`tokens` are this service's own; without them every question is refused by the other side."""
        self._identity = ServiceClient(identity_url, "identity", tokens)

    async def owner(self, person_id: UUID) -> DocumentOwner | None:
        """The person; None while identity does not answer or knows none: the work goes on without the name."""
        body = {"person_ids": [str(person_id)], "purpose": PURPOSE}
        try:
            answer: Any = await self._identity.post_json("/internal/persons/disclose", body)
        except (UpstreamUnavailable, UpstreamProblem):
            logger.warning("document_without_owner")
            return None
        items = answer["items"]
        return DocumentOwner.model_validate(items[0]) if items else None

    async def close(self) -> None:
        """Close connections."""
        await self._identity.close()
