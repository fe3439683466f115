"""Tables of links under way, and of equal accounts a person did not want to tie."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field


class LinkFlow(Model, table=True):
    """One attempt to tie two ways in: for one person, one session, one browser, one provider; used once (D5)."""

    __tablename__ = "link_flow"

    state: UUID = Field(primary_key=True)
    """What the callback must bring back; of pure chance, made of nothing an attacker may know (L5)."""
    direction: str
    """`to_provider`: a provider is tied to the session's person. `to_local`: an account of this portal is."""
    person_id: UUID = Field(foreign_key="person.id", index=True)
    account_id: UUID = Field(foreign_key="account.id")
    """The way in that the session was opened by."""
    sid: UUID
    browser_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    provider_key: str
    issuer: str
    upstream_subject: str | None = None
    """The other side: known from the start when it is an account of this portal, else once the provider told it."""
    redirect_uri: str = ""
    nonce: str = ""
    code_verifier: str = ""
    tries: int = 0
    created_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
    consumed_at: datetime | None = utc_field(nullable=True)
    outcome: str | None = None
    """`attach`, `bring`, `go`; the reason of a refusal; `revoked`."""


class LinkDismissal(Model, table=True):
    """«Это не моя»: the person was told of an account with their number or address and will not be told again."""

    __tablename__ = "link_dismissal"

    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", primary_key=True)
    at: datetime = utc_field()
