"""What every event payload has in common, and the registry they enter by being declared."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

PREFIX = "ru.nmo."
Classification = Literal["public", "internal", "restricted"]


class EventPayload(BaseModel):
    """The `data` of one event type.

    Readers ignore fields they do not know, so a producer may add optional ones within a major version.
    Payloads carry ids and states, never СНИЛС, names or contacts.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type_name: ClassVar[str]
    """Routing key and type without the prefix: `identity.person.matched.v1`."""
    subject_field: ClassVar[str]
    """Name of the field that holds the id of the aggregate."""
    subject_kind: ClassVar[str]
    """First part of the CloudEvents subject: `person` in `person/<id>`."""
    classification: ClassVar[Classification] = "internal"

    @property
    def subject(self) -> str:
        """CloudEvents subject, `{kind}/{id}`; ordering is promised per subject."""
        return f"{self.subject_kind}/{getattr(self, self.subject_field)}"
