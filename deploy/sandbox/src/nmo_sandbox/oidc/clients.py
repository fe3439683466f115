"""Clients registered with the plain OIDC provider."""

import hmac
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from nmo_sandbox.common.state import JsonFile

SCOPES = ("openid", "profile", "email", "phone", "snils")


class Client(BaseModel):
    """What a client tells when it registers.

    Attributes:
        client_secret: None makes the client public.
        require_pkce: a request without a code challenge is refused.
        id_token_signed_response_alg: what its id tokens are signed with.
    """

    model_config = ConfigDict(extra="forbid")

    redirect_uris: list[str] = Field(min_length=1)
    post_logout_redirect_uris: list[str] = []
    backchannel_logout_uri: str | None = None
    client_secret: str | None = Field(default=None, min_length=8)
    require_pkce: bool = True
    id_token_signed_response_alg: Literal["RS256", "ES256"] = "RS256"
    scopes: list[str] = list(SCOPES)
    title: str = ""

    @field_validator("redirect_uris", "post_logout_redirect_uris")
    @classmethod
    def _absolute(cls, value: list[str]) -> list[str]:
        return [_checked(address) for address in value]

    @field_validator("backchannel_logout_uri")
    @classmethod
    def _absolute_too(cls, value: str | None) -> str | None:
        return _checked(value) if value else None

    def knows(self, secret: str | None) -> bool:
        """Tell whether the shown secret is the client's; a public client shows none."""
        if self.client_secret is None:
            return secret is None
        return secret is not None and hmac.compare_digest(self.client_secret, secret)


def _checked(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
        raise ValueError(f"not an absolute http address without a fragment: {address}")
    return address


class Clients:
    """All clients; kept in a file when there is a folder for it."""

    def __init__(self, file: JsonFile) -> None:
        self._file = file
        self._clients = {name: Client.model_validate(data) for name, data in (file.read() or {}).items()}

    def get(self, client_id: str) -> Client | None:
        """Return a client."""
        return self._clients.get(client_id)

    def put(self, client_id: str, client: Client) -> bool:
        """Register or replace a client; returns whether it is new."""
        fresh = client_id not in self._clients
        self._clients[client_id] = client
        self._file.write({name: known.model_dump() for name, known in self._clients.items()})
        return fresh
