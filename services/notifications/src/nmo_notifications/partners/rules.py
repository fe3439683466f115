"""From internal events to public ones, and which subscription takes which; pure (PAR-05)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

APPLICATION_CHANGED = "partner.application.status_changed.v1"
CYCLE_CHANGED = "partner.cycle.status_changed.v1"
CREDIT_RECORDED = "partner.credit.recorded.v1"
PING = "partner.platform.ping.v1"
OFFERED = (APPLICATION_CHANGED, CYCLE_CHANGED, CREDIT_RECORDED)
"""Public types that can be subscribed; the ping comes only when asked for."""
PREFIX = "ru.nmo."
_CLIENT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_APPLICATION_STATUS = re.compile(
    r"applications\.application\."
    r"(submitted|confirmed|rejected|documents_requested|enrolled|completed|failed|withdrawn|deleted)\.v1"
)
_CYCLE_STATUS = re.compile(r"cycles\.cycle\.(opened|confirmed|closed)\.v1")


@dataclass(frozen=True, slots=True)
class PublicFact:
    """An internal event as partners may hear it, before the person's pseudonym is put in."""

    type_name: str
    person_id: UUID
    organization_id: UUID | None
    fields: dict[str, Any]


def project(type_name: str, data: Mapping[str, Any]) -> PublicFact | None:
    """The public fact in an internal event: ids, states, dates; None when there is none.

    A mere draft is nobody's business, so `drafted` has no projection.
    """
    status = _APPLICATION_STATUS.fullmatch(type_name)
    if status is not None:
        taken = ("application_id", "number", "element_id", "organization_id", "occurred_at")
        return _fact(APPLICATION_CHANGED, data, taken, status=status[1])
    status = _CYCLE_STATUS.fullmatch(type_name)
    if status is not None:
        return _fact(CYCLE_CHANGED, data, ("cycle_id",), status=status[1])
    if type_name == "cycles.credit.recorded.v1":
        return _fact(CREDIT_RECORDED, data, ("cycle_id", "element_id", "zet", "total_zet"))
    return None


def _fact(type_name: str, data: Mapping[str, Any], taken: Sequence[str], **fields: Any) -> PublicFact:
    organization = data.get("organization_id")
    return PublicFact(
        type_name=type_name,
        person_id=UUID(str(data["person_id"])),
        organization_id=UUID(str(organization)) if organization else None,
        fields={name: data[name] for name in taken} | fields,
    )


def takes(
    types: Sequence[str],
    organization_ids: Sequence[UUID],
    *,
    type_name: str,
    organization_id: UUID | None,
) -> bool:
    """Whether a subscription wants a fact: by type, and by organisation where it names some."""
    if type_name not in types:
        return False
    return not organization_ids or organization_id in organization_ids


def short_type(text: str) -> str:
    """A type as partners may write it, with or without the prefix, in its short form."""
    return text.removeprefix(PREFIX)


def public_event_id(internal_id: UUID, type_name: str, client_id: str) -> UUID:
    """Id of the public event: the same for every projection of the same fact to the same partner."""
    return uuid.uuid5(internal_id, f"{type_name}|{client_id}")


def pseudonym(digest: bytes) -> UUID:
    """A person's id for one partner, from a keyed digest of both."""
    return UUID(bytes=digest[:16], version=5)


def is_client_id(text: str) -> bool:
    """Client ids that may become part of queue and user names."""
    return _CLIENT.fullmatch(text) is not None


def queue_name(client_id: str) -> str:
    """The partner's own queue."""
    return f"{client_id}.events"


def user_name(client_id: str) -> str:
    """The partner's user of the broker; `-b` is for a change of password."""
    return f"p-{client_id}-a"
