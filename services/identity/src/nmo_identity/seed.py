"""First data: consent texts, a signing key, and from `SEED_FILE` the role grants and clients."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nmo_contracts.identity import Role
from nmo_identity.consents.commands.load_texts import load_texts
from nmo_identity.oidc_provider.commands.put_client import put_client
from nmo_identity.oidc_provider.commands.rotate_keys import ensure_key
from nmo_identity.roles.commands.add_grant import add_grant
from nmo_kit import clock
from nmo_kit.app import Runtime
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.snils import Snils

ACTOR = "identity.seed"


class SeedGrant(BaseModel):
    """Whoever proves the number gets the role."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    snils: Snils
    role: Role
    organization_id: UUID | None = None


class SeedClient(BaseModel):
    """A client of the OIDC provider; a confidential one has its secret in a file of its own."""

    model_config = ConfigDict(extra="forbid")

    client_id: str = Field(pattern=r"^[a-z][a-z0-9-]{2,40}$")
    kind: Literal["public", "confidential"]
    title: str | None = None
    redirect_uris: list[str] = []
    scopes: list[str]
    secret_file: Path | None = None
    first_party: bool = False
    """A program of the portal's own: nobody is asked whether data may be passed on to it."""
    purpose: str = ""
    post_logout_redirect_uris: list[str] = []
    backchannel_logout_uri: str | None = None
    id_token_signed_response_alg: Literal["ES256", "RS256"] = "ES256"  # noqa: S105 an algorithm

    @model_validator(mode="after")
    def _secret_where_needed(self) -> Self:
        if (self.kind == "confidential") != (self.secret_file is not None):
            raise ValueError("secret_file belongs to confidential clients, and only to them")
        return self


class SeedFile(BaseModel):
    """The file as a whole."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    grants: list[SeedGrant] = []
    clients: list[SeedClient] = []


async def seed(runtime: Runtime, demo: bool) -> None:
    """Idempotent: repeating it changes nothing, a changed file is taken over. `demo` adds nothing here."""
    del demo
    cipher: FieldCipher = runtime.extras["cipher"]
    path: Path | None = runtime.settings.seed_file
    content = _read(path)
    async with runtime.db.write() as session:
        await load_texts(session)
        await ensure_key(session, cipher, now=clock.now())
        await _take_over(session, content, cipher)


def _read(path: Path | None) -> SeedFile:
    return SeedFile.model_validate_json(path.read_text()) if path else SeedFile()


async def _take_over(session: WriteSession, content: SeedFile, cipher: FieldCipher) -> None:
    now = clock.now()
    for grant in content.grants:
        await add_grant(
            session,
            grant.snils,
            grant.role,
            grant.organization_id,
            granted_by=ACTOR,
            cipher=cipher,
            now=now,
        )
    for client in content.clients:
        await put_client(
            session,
            client_id=client.client_id,
            title=client.title or client.client_id,
            kind=client.kind,
            redirect_uris=client.redirect_uris,
            scopes=client.scopes,
            secret=client.secret_file.read_text().strip() if client.secret_file else None,
            by=ACTOR,
            now=now,
            first_party=client.first_party,
            purpose=client.purpose,
            post_logout_redirect_uris=client.post_logout_redirect_uris,
            backchannel_logout_uri=client.backchannel_logout_uri,
            id_token_signed_response_alg=client.id_token_signed_response_alg,
        )
