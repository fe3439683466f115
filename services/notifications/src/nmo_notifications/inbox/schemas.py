"""Requests and answers of the inbox."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool, model_validator

from nmo_notifications.inbox.tables import Message


class MessageView(BaseModel):
    """One message."""

    message_id: UUID
    kind: str
    title: str
    body: str
    link: str
    created_at: datetime
    read_at: datetime | None


class InboxPage(BaseModel):
    """One page of messages, newest first, and how many are unread in all."""

    items: list[MessageView]
    next_cursor: str | None
    unread: int


_WAYS: list[JsonValue] = [
    {
        "properties": {"message_ids": {"type": "array"}, "all": {"const": False}},
        "required": ["message_ids"],
    },
    {
        "properties": {"message_ids": {"type": "null"}, "all": {"const": True}},
        "required": ["all"],
    },
]
"""The same two ways as a schema tells them."""


class ReadRequest(BaseModel):
    """Which messages were read: some by id, or all."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"oneOf": _WAYS},
    )

    message_ids: list[UUID] | None = Field(default=None, max_length=200)
    everything: StrictBool = Field(default=False, alias="all")

    @model_validator(mode="after")
    def _one_way(self) -> ReadRequest:
        if self.everything == (self.message_ids is not None):
            msg = "Передайте message_ids или all"
            raise ValueError(msg)
        return self


class Unread(BaseModel):
    """How many are unread."""

    unread: int


def message_view(row: Message) -> MessageView:
    """The answer for one message."""
    return MessageView(
        message_id=row.id,
        kind=row.kind,
        title=row.title,
        body=row.body,
        link=row.link,
        created_at=row.created_at,
        read_at=row.read_at,
    )
